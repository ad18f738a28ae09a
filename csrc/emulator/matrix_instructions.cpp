// mma.sync, ldmatrix, and what else a warp or warpgroup does as one.
#include <array>

#include "base/error.h"
#include "emulator/emulated_instructions.h"
#include "emulator/running_block.h"
#include "emulator/warp_matrix.h"

namespace hidet {

namespace {

constexpr uint32_t kAllLanes = 0xffffffff;
constexpr int kWarp = 32;

template <class Call>
Call& call_of(void* argument) {
  return *static_cast<Call*>(argument);
}

constexpr const char* kAtoms[] = {"m16n8k16_bf16", "m16n8k16_f16", "m16n8k8_tf32"};

template <int Type>
void run_product(std::span<void* const> arguments) {
  static const WarpProduct& product = WarpProduct::of(kAtoms[Type]);
  std::array<ProductRegisters, kWarp> lanes;
  for (size_t lane = 0; lane < lanes.size(); ++lane)
    lanes[lane] = call_of<ProductRegisters>(arguments[lane]);
  product(lanes);
}

struct LoadCall {
  int count;
  bool transpose;
  uint32_t* registers;
  const uint8_t* shared;
  CodeAddress site;
};

void run_load(std::span<void* const> arguments) {
  RunningBlock& block = RunningBlock::current();
  const LoadCall& first = call_of<LoadCall>(arguments[0]);
  std::array<uint32_t*, kWarp> registers;
  std::vector<const uint8_t*> rows;
  for (size_t lane = 0; lane < registers.size(); ++lane) {
    const LoadCall& call = call_of<LoadCall>(arguments[lane]);
    registers[lane] = call.registers;
    if (static_cast<int>(lane) >= 8 * first.count) continue;  // the others' addresses are ignored
    const RunningBlock::Acting acting(block.first_of_collective() + static_cast<int>(lane));
    block.shared_offset(call.shared, call.site);
    block.check_read(call.shared, 16, call.site);
    rows.push_back(call.shared);
  }
  load_matrices(rows, first.transpose, registers);
}

void run_nothing(std::span<void* const>) {}

}  // namespace

void emulate_product(int32_t type, float* d, const uint32_t* a, const uint32_t* b,
                     const void* site) {
  constexpr RunningBlock::Collective kRun[] = {run_product<0>, run_product<1>, run_product<2>};
  ProductRegisters registers{d, a, b};
  RunningBlock::current().collective("mma.sync", kWarp, kAllLanes, kRun[type], &registers, site);
}

void emulate_load_matrices(int32_t count, int32_t transpose, uint32_t* registers,
                           const void* shared, const void* site) {
  constexpr const char* kNames[2][3] = {
      {"ldmatrix.x1", "ldmatrix.x2", "ldmatrix.x4"},
      {"ldmatrix.x1.trans", "ldmatrix.x2.trans", "ldmatrix.x4.trans"}};
  LoadCall call{count, transpose != 0, registers, static_cast<const uint8_t*>(shared), site};
  RunningBlock::current().collective(kNames[transpose][count / 2], kWarp, kAllLanes, run_load,
                                     &call, site);
}

int32_t emulate_elect_one(const void* site) {
  RunningBlock& block = RunningBlock::current();
  int32_t nothing = 0;
  block.collective("elect.sync", kWarp, kAllLanes, run_nothing, &nothing, site);
  return block.thread().number % kWarp == 0;
}

}  // namespace hidet
