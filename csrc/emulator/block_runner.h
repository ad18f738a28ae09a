// BlockRunner: runs the blocks of an emulated launch, one after the other, on one OS thread.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "emulator/emulated_launch.h"
#include "emulator/fiber.h"
#include "emulator/running_block.h"
#include "emulator/shared_memory.h"

namespace hidet {

class BlockRunner final : public RunningBlock {
 public:
  BlockRunner();
  ~BlockRunner() override;

  // Of this OS thread; kept from launch to launch, for its stacks.
  static BlockRunner& of_this_thread();
  // On the stack of a kernel's thread: the one that runs it.
  static BlockRunner& here() { return *static_cast<BlockRunner*>(Fiber::here()); }
  // What breaks a rule is put into the outcome.
  void run(const EmulatedLaunch& launch, int64_t block, LaunchOutcome& outcome);

  // -- RunningBlock
  const EmulatedThread& thread() const override { return lanes_[current_].view; }
  int threads() const override { return launch_->threads; }
  int64_t shared_bytes() const override { return launch_->shared_bytes; }
  const Schedule& schedule() const override { return launch_->schedule; }
  [[noreturn]] void fail(Check check, const std::string& what, CodeAddress site,
                         const void* address) override;
  std::string line_of(CodeAddress site) const override;
  void collective(const char* name, int threads, uint32_t mask, Collective run, void* argument,
                  CodeAddress site, bool orders_memory) override;
  int first_of_collective() const override { return first_of_collective_; }
  int add_unit(const std::string& name) override;
  int actor() const override { return actor_ >= 0 ? actor_ : static_cast<int>(current_); }
  void check_read(const void* address, int64_t bytes, CodeAddress site, int alignment,
                  bool through_async_proxy) override;
  void check_write(void* address, int64_t bytes, CodeAddress site, int alignment,
                   bool through_async_proxy) override;
  uint32_t shared_offset(const void* address, CodeAddress site) override;
  void fence_async_proxy() override;
  void mark_pending(const void* address, int64_t bytes, bool written, const char* what,
                    CodeAddress site) override;
  void clear_pending(const void* address, int64_t bytes) override;
  void release(Clock& clock) override;
  void acquire(const Clock& clock) override;
  void wait(const std::function<bool()>& ready, const std::function<std::string()>& waits_for,
            CodeAddress site) override;

  // -- What the frame of the prelude calls.
  EmulatedThread* current_thread() { return &lanes_[current_].view; }
  enum class Kind : uint8_t { read, write, atomic };
  static const char* verb_of(Kind kind) {
    return kind == Kind::read ? "reads" : kind == Kind::write ? "writes" : "updates";
  }
  // What the kernel's own code does, aligned to its size.
  static void read_by_code(const void* address, int64_t bytes, CodeAddress site);
  static void write_by_code(void* address, int64_t bytes, CodeAddress site);
  void check(Kind kind, const void* address, int64_t bytes, int alignment, CodeAddress site,
             bool through_async_proxy);
  void barrier(int id, int threads, bool waits, CodeAddress site);
  void sync_warp(uint32_t mask, CodeAddress site);

 private:
  struct Aborted {};  // thrown on the stacks of a launch that has failed
  enum class State : uint8_t { fresh, ready, waiting, ended };

  // What an actor has seen of the others.
  struct View {
    uint32_t floor = 0;                 // accesses of all threads, up to this stamp
    uint32_t warp_floor = 0;            // of the threads of its warp
    std::shared_ptr<const Clock> seen;  // more than that; null: nothing
    uint32_t proxy_fence = 0;           // the last one
  };
  struct Lane {
    EmulatedThread view;
    View sight;
    Fiber* fiber = nullptr;  // while it is started and has not ended
    State state = State::fresh;
    const char* waits_in = nullptr;
    CodeAddress site = nullptr;
    const std::function<bool()>* ready = nullptr;
    const std::function<std::string()>* waits_for = nullptr;
  };
  struct Unit {
    std::string name;
    View sight;
  };
  struct Arrivals {  // at a barrier of the block
    int expected = 0, arrived = 0;
    CodeAddress site = nullptr;
    std::vector<int> waiting;
    Clock clock;
  };
  struct Meeting {  // of a warp or warpgroup in a collective
    const char* name;
    int first;  // thread
    int threads;
    uint32_t mask;
    Collective run;
    CodeAddress site;
    int expected, arrived;
    bool present[128];
    void* arguments[128];
  };
  struct Pending {
    int64_t begin, end;  // in shared memory
    bool written;
    const char* what;
    CodeAddress site;
    int actor;
  };

  // -- Scheduling: which thread runs.
  static void fiber_main(void* self);
  void run_threads();
  void run_thread();
  int pick();  // -1: all have ended
  int pick_ready();
  int pick_to_abort();
  bool poll();
  void explain_deadlock();
  void start_or_resume(int next);
  void sleep(const char* what, CodeAddress site);
  void make_ready(int thread);
  void end_thread();
  void reset(int64_t block);
  uint32_t random() { return static_cast<uint32_t>(random_()); }

  // -- Synchronisation.
  View& sight_of(int actor);
  void release_from(int actor, Clock& clock);
  void acquire_into(int actor, const Clock& clock);
  void complete(Arrivals& arrivals);
  void order_warp(int first, uint32_t mask);
  bool same_line(CodeAddress a, CodeAddress b);

  // -- Memory.
  void count(Kind kind, const void* address, int64_t bytes, CodeAddress site);
  // False: nothing is done yet, the full check decides.
  template <Kind kind>
  bool check_quickly(const void* address, int64_t bytes, CodeAddress site);
  void check_shared(Kind kind, int64_t offset, int64_t bytes, int alignment, CodeAddress site,
                    bool through_async_proxy);
  void check_global(Kind kind, GlobalMemory::Region& region, const void* address, int64_t bytes,
                    int alignment, CodeAddress site);
  [[noreturn]] void fail_out_of_bounds(Kind kind, const void* address, int64_t bytes,
                                       CodeAddress site);
  [[noreturn]] void fail_race(Kind kind, const AccessStamp& other, bool other_writes,
                              const std::string& place, CodeAddress site);
  [[noreturn]] void fail_pending(Kind kind, int64_t offset, CodeAddress site);
  void check_proxy(Kind kind, const AccessCell& cell, int64_t offset, CodeAddress site);
  uint32_t compact(CodeAddress site) const {
    return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(site) - launch_->code->base);
  }
  CodeAddress expand(uint32_t site) const {
    return reinterpret_cast<CodeAddress>(launch_->code->base + site);
  }
  bool sees(const View& view, int self, const AccessStamp& access) const;
  std::string name_of_actor(int actor) const;

  std::unique_ptr<BlockState>& state_of(std::type_index type) override { return states_[type]; }
  void set_actor(int actor) override { actor_ = actor; }

  const EmulatedLaunch* launch_ = nullptr;
  LaunchOutcome* outcome_ = nullptr;
  int64_t block_ = 0;
  std::vector<Lane> lanes_;
  std::vector<Unit> units_;
  std::map<std::type_index, std::unique_ptr<BlockState>> states_;

  size_t current_ = 0;
  int actor_ = -1;              // -1: the current thread
  std::vector<uint32_t> able_;  // of each warp, the lanes that are fresh or ready
  uint32_t able_warps_ = 0;
  int ended_ = 0;
  bool aborting_ = false;
  std::vector<int> sleepers_;  // in wait()
  std::mt19937 random_;
  Fiber main_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_fibers_;

  uint32_t now_ = 1;
  uint32_t start_ = 1;  // of the block
  Arrivals barriers_[16];
  std::vector<std::unique_ptr<Meeting>> meetings_;
  std::vector<std::unique_ptr<Meeting>> unused_meetings_;
  int first_of_collective_ = 0;
  SharedMemory shared_;
  std::vector<Pending> pending_;
  std::unique_ptr<AccessCounts> counts_;  // null: this block is not counted
};

}  // namespace hidet
