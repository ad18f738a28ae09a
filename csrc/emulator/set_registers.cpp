// setmaxnreg: the warpgroups of a block give registers to each other, and wait for them.
#include <algorithm>

#include "base/error.h"
#include "emulator/emulated_instructions.h"
#include "emulator/running_block.h"

namespace hidet {

namespace {

constexpr uint32_t kAllLanes = 0xffffffff;
constexpr int kWarpgroup = 128;
constexpr int kOfMultiprocessor = 65536;
constexpr int kMostOfThread = 256;

// What the threads of a block hold of the registers that it was launched with; with the most that
// a compiler can have given them.
struct Registers : BlockState {
  int free = 0;
  std::vector<int> held, wanted;  // of a thread of each warpgroup

  void begin(int threads) {
    if (!held.empty()) return;
    const int of_thread = std::min(kOfMultiprocessor / threads / 8 * 8, kMostOfThread);
    held.assign(static_cast<size_t>((threads + kWarpgroup - 1) / kWarpgroup), of_thread);
    wanted = held;
  }
  bool take(size_t group) {
    const int more = (wanted[group] - held[group]) * kWarpgroup;
    if (more > free) return false;
    free -= more;
    held[group] = wanted[group];
    return true;
  }
};

struct Call {
  int32_t count;
  CodeAddress site;
};

void run_set_registers(std::span<void* const> arguments) {
  RunningBlock& block = RunningBlock::current();
  const auto& first = *static_cast<const Call*>(arguments[0]);
  for (void* each : arguments) {
    const int32_t count = static_cast<const Call*>(each)->count;
    if (count != first.count)
      block.fail(
          Check::barriers,
          hidet::format("the warps of a warpgroup ask for {} and {} registers", first.count, count),
          first.site);
  }
  auto& registers = block.state<Registers>();
  registers.begin(block.threads());
  registers.wanted[static_cast<size_t>(block.first_of_collective() / kWarpgroup)] = first.count;
}

}  // namespace

void emulate_set_registers(int32_t count, const void* site) {
  RunningBlock& block = RunningBlock::current();
  Call call{count, site};
  block.collective("setmaxnreg", kWarpgroup, kAllLanes, run_set_registers, &call, site);
  auto& registers = block.state<Registers>();
  const size_t group = block.thread().number / kWarpgroup;
  block.wait([&] { return registers.take(group); },
             [&] {
               return hidet::format("{} registers of a thread: {} wanted by its warpgroup, {} free",
                                    count, (count - registers.held[group]) * kWarpgroup,
                                    registers.free);
             },
             site);
}

}  // namespace hidet
