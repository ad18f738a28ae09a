// mbarrier and the loads of the tensor memory accelerator, which end on one: each load is done when
// somebody waits for its barrier, or sooner.
#include <algorithm>
#include <cstring>
#include <deque>
#include <map>

#include "base/error.h"
#include "emulator/completion.h"
#include "emulator/emulated_instructions.h"
#include "emulator/tensor_box.h"
#include "emulator/transaction_barrier.h"

namespace hidet {

namespace {

constexpr int kNotThere = 0x7f;  // every byte, until the load is done
constexpr int kBoxAlignment = 128;
constexpr int kMostTests = 64;  // in a row, until a thread that polls lets others run

struct BoxLoad {
  EmulatedTensorMap map;
  std::vector<int32_t> coordinates;
  uint32_t offset;  // in shared memory
  int64_t extent;   // of what it may write there
  CodeAddress site;
};

struct Barrier {
  TransactionBarrier state;
  uint64_t* address = nullptr;
  CodeAddress site = nullptr;  // of its initialisation
  int initialised_by = 0;
  bool is_fenced = false;     // the accelerator sees the initialisation
  Clock arriving, over;       // of the current phase, of those before
  std::deque<BoxLoad> loads;  // not yet done
  int tests = 0;              // in a row that found it not over
};

class Barriers : public BlockState {
 public:
  void thread_ends(int) override {
    RunningBlock& block = RunningBlock::current();
    if (++ended_ < block.threads()) return;
    for (const auto& [offset, barrier] : at_)
      if (!barrier.loads.empty())
        block.fail(Check::waits, "the block ends while a load is under way",
                   barrier.loads.front().site);
  }

  std::map<uint32_t, Barrier>& all() { return at_; }
  int accelerator(RunningBlock& block) {
    if (unit_ < 0) unit_ = block.add_unit("TMA");
    return unit_;
  }

 private:
  std::map<uint32_t, Barrier> at_;
  int unit_ = -1;
  int ended_ = 0;
};

// One that the thread may use: its initialisation comes before.
Barrier& find_barrier(RunningBlock& block, uint64_t* address, CodeAddress site) {
  auto& all = block.state<Barriers>().all();
  const auto found = all.find(block.shared_offset(address, site));
  if (found == all.end())
    block.fail(Check::initialisation, "no barrier was initialised here", site, address);
  Barrier& barrier = found->second;
  block.clear_pending(address, sizeof(*address));
  block.check_read(address, sizeof(*address), site);
  block.mark_pending(address, sizeof(*address), true, "mbarrier", barrier.site);
  return barrier;
}

// After an operation of the actor: what `error` says, and the end of a phase.
void finish_operation(RunningBlock& block, Barrier& barrier, uint32_t phase,
                      const std::string& error, CodeAddress site) {
  if (!error.empty()) block.fail(Check::waits, error, site, barrier.address);
  if (barrier.state.phase() == phase) return;
  barrier.over.join(barrier.arriving);
  barrier.arriving.clear();
}

void perform(RunningBlock& block, Barrier& barrier, const BoxLoad& load) {
  const RunningBlock::Acting acting(block.state<Barriers>().accelerator(block));
  uint8_t* shared = block.thread().shared;
  block.clear_pending(shared + load.offset, load.extent);
  block.check_write(shared + load.offset, load.extent, load.site, kBoxAlignment, true);
  const TensorBoxHooks hooks{.read =
                                 [&](const uint8_t* address, int64_t bytes) {
                                   block.check_read(address, bytes, load.site,
                                                    load.map.element_bytes, true);
                                 },
                             .write = [&](uint32_t offset) { return shared + offset; }};
  load_tensor_box(load.map, load.coordinates, load.offset, hooks);
  block.release(barrier.arriving);
  const uint32_t phase = barrier.state.phase();
  finish_operation(block, barrier, phase, barrier.state.complete(load.map.box_bytes()), load.site);
}

bool perform_next(RunningBlock& block, Barrier& barrier) {
  if (barrier.loads.empty()) return false;
  const BoxLoad load = std::move(barrier.loads.front());
  barrier.loads.pop_front();
  perform(block, barrier, load);
  return true;
}

void check_parity(RunningBlock& block, int32_t parity, CodeAddress site) {
  if (parity != 0 && parity != 1)
    block.fail(Check::other, hidet::format("a phase of parity {}: 0 and 1 are possible", parity),
               site);
}

void wait_until_over(RunningBlock& block, Barrier& barrier, int32_t parity, CodeAddress site) {
  while (!barrier.state.is_over(parity)) {
    if (perform_next(block, barrier)) continue;
    block.wait(
        [&] { return barrier.state.is_over(parity) || !barrier.loads.empty(); },
        [&] { return hidet::format("parity {} of a barrier: {}", parity, barrier.state.text()); },
        site);
  }
  barrier.state.see(parity);
  block.acquire(barrier.over);
}

}  // namespace

void emulate_init_barrier(uint64_t* address, int32_t arrivals, const void* site) {
  RunningBlock& block = RunningBlock::current();
  auto& all = block.state<Barriers>().all();
  const uint32_t offset = block.shared_offset(address, site);
  if (!all.contains(offset)) block.check_write(address, sizeof(*address), site);
  Barrier& barrier = all[offset];
  if (const std::string error = barrier.state.init(arrivals); !error.empty())
    block.fail(Check::waits, error, site, address);
  barrier.address = address;
  barrier.site = site;
  barrier.initialised_by = block.actor();
  std::memset(address, kNotThere, sizeof(*address));
  block.mark_pending(address, sizeof(*address), true, "mbarrier", site);
}

void emulate_fence_barriers() {
  RunningBlock& block = RunningBlock::current();
  for (auto& [offset, barrier] : block.state<Barriers>().all())
    if (barrier.initialised_by == block.actor()) barrier.is_fenced = true;
}

void emulate_fence_async_proxy() {
  emulate_fence_barriers();
  RunningBlock::current().fence_async_proxy();
}

void emulate_arrive(uint64_t* address, const void* site) {
  RunningBlock& block = RunningBlock::current();
  Barrier& barrier = find_barrier(block, address, site);
  block.release(barrier.arriving);
  const uint32_t phase = barrier.state.phase();
  finish_operation(block, barrier, phase, barrier.state.arrive(), site);
}

void emulate_arrive_and_expect(uint64_t* address, int32_t bytes, const void* site) {
  RunningBlock& block = RunningBlock::current();
  Barrier& barrier = find_barrier(block, address, site);
  block.release(barrier.arriving);
  const uint32_t phase = barrier.state.phase();
  finish_operation(block, barrier, phase, barrier.state.arrive_and_expect(bytes), site);
}

int32_t emulate_is_over(uint64_t* address, int32_t parity, const void* site) {
  RunningBlock& block = RunningBlock::current();
  Barrier& barrier = find_barrier(block, address, site);
  check_parity(block, parity, site);
  while (!barrier.state.is_over(parity) && perform_next(block, barrier)) {
  }
  if (!barrier.state.is_over(parity) && ++barrier.tests % kMostTests != 0) return 0;
  wait_until_over(block, barrier, parity, site);
  barrier.tests = 0;
  return 1;
}

void emulate_wait_barrier(uint64_t* address, int32_t parity, const void* site) {
  RunningBlock& block = RunningBlock::current();
  Barrier& barrier = find_barrier(block, address, site);
  check_parity(block, parity, site);
  wait_until_over(block, barrier, parity, site);
}

void emulate_load_box(int32_t rank, void* shared, const void* map, const int32_t* coordinates,
                      uint64_t* address, const void* site) {
  RunningBlock& block = RunningBlock::current();
  BoxLoad load{.map = {}, .coordinates = {coordinates, coordinates + rank}, .site = site};
  std::memcpy(&load.map, map, sizeof(load.map));
  if (const std::string error = tensor_map_use_error(load.map, rank); !error.empty())
    block.fail(Check::other, error, site, map);
  Barrier& barrier = find_barrier(block, address, site);
  if (!barrier.is_fenced)
    block.fail(Check::waits, "no fence after the initialisation of the barrier that a load ends on",
               site, address);
  load.offset = block.shared_offset(shared, site);
  // A pattern moves 16 bytes within its width.
  const int64_t width = std::max<int64_t>(load.map.pattern_bytes, 16);
  load.extent = (load.map.box_bytes() + width - 1) / width * width;
  Clock before;
  block.release(before);
  {
    const RunningBlock::Acting acting(block.state<Barriers>().accelerator(block));
    block.acquire(before);
    block.check_write(shared, load.extent, site, kBoxAlignment, true);
    block.mark_pending(shared, load.extent, true, "TMA load", site);
    std::memset(shared, kNotThere, static_cast<size_t>(load.extent));
  }
  if (is_done_at_once(block))
    perform(block, barrier, load);
  else
    barrier.loads.push_back(std::move(load));
}

}  // namespace hidet
