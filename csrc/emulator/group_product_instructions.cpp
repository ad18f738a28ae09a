// wgmma: a warpgroup's products are done at the wait for their group, or sooner. They read shared
// memory then, and through the asynchronous proxy.
#include <array>
#include <map>

#include "base/error.h"
#include "emulator/completion.h"
#include "emulator/emulated_instructions.h"
#include "emulator/group_products.h"

namespace hidet {

namespace {

constexpr uint32_t kAllThreads = 0xffffffff;
constexpr int kWarpgroup = 128;
constexpr int kWarps = 4;
constexpr int kSlots = 8;  // at most as many groups are told apart

struct Warpgroup {
  GroupProducts products;
  // Who reads for each warp's part of the products of group g: slot g % kSlots.
  std::array<std::array<int, kWarps>, kSlots> units;
  int waited_for = 0;  // groups
  CodeAddress last_product = nullptr;
};

class Warpgroups : public BlockState {
 public:
  Warpgroup& of(RunningBlock& block, int first_thread) {
    const auto found = all_.find(first_thread);
    if (found != all_.end()) return found->second;
    Warpgroup& made = all_[first_thread];
    for (auto& slot : made.units)
      for (int warp = 0; warp < kWarps; ++warp)
        slot[static_cast<size_t>(warp)] =
            block.add_unit(hidet::format("wgmma of warp {}", first_thread / 32 + warp));
    return made;
  }
  void thread_ends(int thread) override {
    const auto found = all_.find(thread / kWarpgroup * kWarpgroup);
    if (found != all_.end() && !found->second.products.is_idle())
      RunningBlock::current().fail(
          Check::waits, "a thread ends before it has waited for its warpgroup's products",
          found->second.last_product);
  }

 private:
  std::map<int, Warpgroup> all_;  // by its first thread
};

Warpgroup& this_warpgroup(RunningBlock& block) {
  return block.state<Warpgroups>().of(block, block.first_of_collective());
}

struct ProductCall {
  GroupProductOperands operands;
  float* d;
  CodeAddress site;
};
struct WaitCall {
  int32_t leaving;
  CodeAddress site;
};

template <class Call>
const Call& call_of(void* argument) {
  return *static_cast<const Call*>(argument);
}

void run_product(std::span<void* const> arguments) {
  RunningBlock& block = RunningBlock::current();
  Warpgroup& group = this_warpgroup(block);
  const auto& call = call_of<ProductCall>(arguments[0]);
  const CodeAddress site = call.site;
  const int first = block.first_of_collective();
  const auto& units = group.units[static_cast<size_t>(group.products.open_group() % kSlots)];
  if (const std::string error = group_product_error(call.operands); !error.empty())
    block.fail(Check::waits, error, site);
  std::array<float*, kWarpgroup> sums;
  for (int i = 0; i < kWarpgroup; ++i) {
    const auto& each = call_of<ProductCall>(arguments[static_cast<size_t>(i)]);
    if (each.operands != call.operands)
      block.fail(Check::other, "the threads of a warpgroup pass different operands", site);
    sums[static_cast<size_t>(i)] = each.d;
  }
  const auto blocks_of = [&block, site](int unit) -> SharedBlocks {
    return [&block, site, unit](uint32_t address) {
      const RunningBlock::Acting acting(unit);
      const uint8_t* at = block.thread().shared + address;
      block.check_read(at, 16, site, 16, true);
      return at;
    };
  };
  // Each warp's part begins after what its own threads have done and seen.
  for (int warp = 0; warp < kWarps; ++warp) {
    const int unit = units[static_cast<size_t>(warp)];
    Clock before;
    for (int lane = 0; lane < 32; ++lane) {
      const RunningBlock::Acting acting(first + warp * 32 + lane);
      block.release(before);
    }
    const RunningBlock::Acting acting(unit);
    block.acquire(before);
    visit_operands(call.operands, warp, blocks_of(unit));
  }
  group.last_product = site;
  if (const std::string error =
          group.products.issue(call.operands, sums, is_done_at_once(block), blocks_of(units[0]));
      !error.empty())
    block.fail(Check::waits, error, site);
}

void run_fence(std::span<void* const>) {
  this_warpgroup(RunningBlock::current()).products.fence();
}

void run_commit(std::span<void* const>) {
  this_warpgroup(RunningBlock::current()).products.commit();
}

void run_wait(std::span<void* const> arguments) {
  RunningBlock& block = RunningBlock::current();
  Warpgroup& group = this_warpgroup(block);
  const auto& call = call_of<WaitCall>(arguments[0]);
  for (void* each : arguments)
    if (call_of<WaitCall>(each).leaving != call.leaving)
      block.fail(Check::barriers, "the warps of a warpgroup wait for different groups", call.site);
  if (const std::string error = group.products.wait(call.leaving); !error.empty())
    block.fail(Check::waits, error, call.site);
  // What the products read, they read before the threads go on.
  Clock done;
  const int end = group.products.open_group() - call.leaving;
  for (; group.waited_for < end; ++group.waited_for)
    for (const int unit : group.units[static_cast<size_t>(group.waited_for % kSlots)]) {
      const RunningBlock::Acting acting(unit);
      block.release(done);
    }
  const int first = block.first_of_collective();
  for (int i = 0; i < kWarpgroup; ++i) {
    const RunningBlock::Acting acting(first + i);
    block.acquire(done);
  }
}

template <class Call>
void together(const char* name, RunningBlock::Collective run, Call call, CodeAddress site) {
  RunningBlock::current().collective(name, kWarpgroup, kAllThreads, run, &call, site);
}

}  // namespace

void emulate_group_product(int32_t columns, int32_t flags, float* d, uint64_t a, uint64_t b,
                           const void* site) {
  together("wgmma.mma_async", run_product,
           ProductCall{{.is_bf16 = (flags & 1) == 0,
                        .columns = columns,
                        .transpose_a = (flags & 2) != 0,
                        .transpose_b = (flags & 4) != 0,
                        .a = a,
                        .b = b,
                        .keep_sums = (flags & 8) != 0},
                       d,
                       site},
           site);
}

void emulate_fence_products(const void* site) {
  together("wgmma.fence", run_fence, WaitCall{0, site}, site);
}

void emulate_commit_products(const void* site) {
  together("wgmma.commit_group", run_commit, WaitCall{0, site}, site);
}

void emulate_wait_products(int32_t leaving, const void* site) {
  together("wgmma.wait_group", run_wait, WaitCall{leaving, site}, site);
}

}  // namespace hidet
