#include "target/occupancy.h"

#include <algorithm>

#include "base/error.h"

namespace hidet {

namespace {

constexpr int kRegisterUnit = 256;    // registers are dealt to warps in units
constexpr int kPartitions = 4;        // of a multiprocessor, each with a quarter of the registers
constexpr int64_t kSharedUnit = 128;  // bytes
constexpr int64_t kReservedShared = 1024;  // bytes that the system keeps in every block

template <class T>
T divided_up(T x, T y) {
  return (x + y - 1) / y;
}

template <class T>
T rounded_up(T x, T y) {
  return divided_up(x, y) * y;
}

int blocks_by_registers(const CudaDevice& device, int warps, int registers) {
  if (registers > kMaxRegistersOfThread) return 0;
  const int of_warp = std::max(kRegisterUnit, rounded_up(kWarpThreads * registers, kRegisterUnit));
  if (int64_t{of_warp} * rounded_up(warps, kPartitions) > device.registers) return 0;
  return kPartitions * (device.registers / kPartitions / of_warp) / warps;
}

int blocks_by_shared_memory(const CudaDevice& device, int64_t shared_bytes) {
  if (shared_bytes > device.shared_bytes_of_block) return 0;
  return static_cast<int>(device.shared_bytes /
                          rounded_up(shared_bytes + kReservedShared, kSharedUnit));
}

}  // namespace

Occupancy occupancy(const CudaDevice& device, int threads, int registers, int64_t shared_bytes) {
  HIDET_ASSERT(threads > 0 && registers >= 0 && shared_bytes >= 0,
               "a block of {} threads, {} registers each, {} bytes", threads, registers,
               shared_bytes);
  const int warps = divided_up(threads, kWarpThreads);
  const int by_threads =
      threads > kMaxThreadsOfBlock ? 0 : device.max_threads / kWarpThreads / warps;
  const std::pair<int, std::string_view> bounds[] = {
      {blocks_by_registers(device, warps, registers), "registers"},
      {blocks_by_shared_memory(device, shared_bytes), "shared memory"},
      {by_threads, "threads"},
      {device.max_blocks, "blocks"}};
  const auto& least =
      *std::min_element(std::begin(bounds), std::end(bounds),
                        [](const auto& one, const auto& other) { return one.first < other.first; });
  return {.blocks = least.first, .warps = least.first * warps, .limit = least.second};
}

}  // namespace hidet
