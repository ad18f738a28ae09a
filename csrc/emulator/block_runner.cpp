#include "emulator/block_runner.h"

#include <bit>

#include "base/error.h"

namespace hidet {

namespace {

constexpr int kWarp = 32;

thread_local RunningBlock* running_block = nullptr;

}  // namespace

RunningBlock& RunningBlock::current() {
  HIDET_ASSERT(running_block, "no kernel runs here");
  return *running_block;
}

RunningBlock::Acting::Acting(int actor) : before_(current().actor()) {
  current().set_actor(actor);
}
RunningBlock::Acting::~Acting() {
  current().set_actor(before_ == static_cast<int>(current().thread().number) ? -1 : before_);
}

BlockRunner::BlockRunner() = default;
BlockRunner::~BlockRunner() = default;

BlockRunner& BlockRunner::of_this_thread() {
  thread_local std::unique_ptr<BlockRunner> runner;
  if (!runner) runner = std::make_unique<BlockRunner>();
  return *runner;
}

void BlockRunner::reset(int64_t block) {
  block_ = block;
  const int threads = launch_->threads;
  lanes_.resize(static_cast<size_t>(threads));
  const uint32_t* grid = launch_->grid;
  // A stamp of an earlier block counts as none.
  if (now_ > ~uint32_t{0} / 2) {
    now_ = 1;
    for (int64_t i = 0; i < SharedMemory::kCapacity >> shared_.shift(); i++)
      shared_.cells()[i] = {};
  }
  start_ = ++now_;
  const EmulatedPoint index = {static_cast<uint32_t>(block % grid[0]),
                               static_cast<uint32_t>(block / grid[0] % grid[1]),
                               static_cast<uint32_t>(block / grid[0] / grid[1])};
  for (int i = 0; i < threads; i++) {
    Lane& lane = lanes_[static_cast<size_t>(i)];
    lane = Lane();
    lane.view = {.thread_index = {static_cast<uint32_t>(i), 0, 0},
                 .block_index = index,
                 .block_size = {static_cast<uint32_t>(threads), 1, 1},
                 .grid_size = {grid[0], grid[1], grid[2]},
                 .number = static_cast<uint32_t>(i),
                 .shared = shared_.data()};
    lane.sight.floor = lane.sight.warp_floor = start_ - 1;
  }
  units_.clear();
  states_.clear();
  const int warps = (threads + kWarp - 1) / kWarp;
  able_.assign(static_cast<size_t>(warps), ~uint32_t{0});
  if (threads % kWarp) able_.back() = (uint32_t{1} << threads % kWarp) - 1;
  able_warps_ = warps == 32 ? ~uint32_t{0} : (uint32_t{1} << warps) - 1;
  current_ = launch_->schedule.order == Schedule::Order::reverse ? lanes_.size() - 1 : 0;
  actor_ = -1;
  ended_ = 0;
  aborting_ = false;
  sleepers_.clear();
  while (!pending_.empty())
    clear_pending(shared_.data() + pending_.back().begin,
                  pending_.back().end - pending_.back().begin);
  for (Arrivals& each : barriers_) each = Arrivals();
  while (!meetings_.empty()) {
    unused_meetings_.push_back(std::move(meetings_.back()));
    meetings_.pop_back();
  }
  random_.seed(static_cast<uint32_t>(launch_->schedule.seed * 7919 + static_cast<uint64_t>(block)));
}

void BlockRunner::run(const EmulatedLaunch& launch, int64_t block, LaunchOutcome& outcome) {
  HIDET_ASSERT(launch.threads >= 1 && launch.threads <= kFirstUnit, "a block of {} threads",
               launch.threads);
  launch_ = &launch;
  outcome_ = &outcome;
  RunningBlock* before = running_block;
  running_block = this;
  reset(block);
  if (block < launch.counted_blocks) {
    counts_ = std::make_unique<AccessCounts>();
    counts_->begin_block(launch.threads);
  }
  if (const int first = pick(); first >= 0) start_or_resume(first);
  states_.clear();
  if (counts_) {
    counts_->end_block();
    outcome.add(counts_->costs());
    counts_ = nullptr;
  }
  running_block = before;
}

void BlockRunner::fiber_main(void* self) {
  static_cast<BlockRunner*>(self)->run_threads();
}

// Runs threads until none is left; between them, its stack waits in idle_fibers_.
void BlockRunner::run_threads() {
  Fiber* const self = lanes_[current_].fiber;
  while (true) {
    run_thread();
    lanes_[current_].fiber = nullptr;
    const int next = pick();
    if (next >= 0 && lanes_[static_cast<size_t>(next)].state == State::fresh) {
      lanes_[static_cast<size_t>(next)].fiber = self;
      lanes_[static_cast<size_t>(next)].state = State::ready;
      current_ = static_cast<size_t>(next);
      continue;
    }
    idle_fibers_.push_back(self);
    if (next < 0) {
      self->switch_to(main_);
    } else {
      current_ = static_cast<size_t>(next);
      self->switch_to(*lanes_[current_].fiber);
    }
  }
}

void BlockRunner::run_thread() {
  try {
    launch_->code->entry(launch_->arguments);
    for (auto& [type, state] : states_) state->thread_ends(static_cast<int>(current_));
  } catch (const Aborted&) {
  } catch (...) {
    outcome_->stop(std::current_exception());
    aborting_ = true;
  }
  end_thread();
}

void BlockRunner::end_thread() {
  actor_ = -1;
  lanes_[current_].state = State::ended;
  const size_t warp = current_ / kWarp;
  able_[warp] &= ~(uint32_t{1} << current_ % kWarp);
  if (able_[warp] == 0) able_warps_ &= ~(uint32_t{1} << warp);
  ended_++;
}

// On the stack of the OS thread, or of a thread that sleeps.
void BlockRunner::start_or_resume(int next) {
  Fiber& from = lanes_[current_].fiber ? *lanes_[current_].fiber : main_;
  Lane& lane = lanes_[static_cast<size_t>(next)];
  if (lane.state == State::fresh) {
    if (idle_fibers_.empty()) {
      const int number = static_cast<int>(fibers_.size());
      fibers_.push_back(std::make_unique<Fiber>(&fiber_main, this, number));
      idle_fibers_.push_back(fibers_.back().get());
    }
    lane.fiber = idle_fibers_.back();
    idle_fibers_.pop_back();
    lane.state = State::ready;
  }
  current_ = static_cast<size_t>(next);
  from.switch_to(*lane.fiber);
}

void BlockRunner::sleep(const char* what, CodeAddress site) {
  const size_t self = current_;
  Lane& lane = lanes_[self];
  lane.state = State::waiting;
  lane.waits_in = what;
  lane.site = site;
  const size_t warp = self / kWarp;
  able_[warp] &= ~(uint32_t{1} << self % kWarp);
  if (able_[warp] == 0) able_warps_ &= ~(uint32_t{1} << warp);
  const int acted = actor_;
  actor_ = -1;
  const int next = pick();
  if (next != static_cast<int>(self)) start_or_resume(next);
  HIDET_ASSERT(current_ == self, "thread {} runs on the stack of {}", current_, self);
  if (aborting_) throw Aborted();
  actor_ = acted;
}

void BlockRunner::make_ready(int thread) {
  Lane& lane = lanes_[static_cast<size_t>(thread)];
  lane.state = State::ready;
  able_[static_cast<size_t>(thread) / kWarp] |= uint32_t{1} << thread % kWarp;
  able_warps_ |= uint32_t{1} << thread / kWarp;
}

int BlockRunner::pick_ready() {
  int warp = 0, lane = 0;
  switch (launch_->schedule.order) {
    case Schedule::Order::forward:
      warp = std::countr_zero(able_warps_);
      lane = std::countr_zero(able_[static_cast<size_t>(warp)]);
      break;
    case Schedule::Order::reverse:
      warp = 31 - std::countl_zero(able_warps_);
      lane = 31 - std::countl_zero(able_[static_cast<size_t>(warp)]);
      break;
    case Schedule::Order::random: {
      const auto choose = [&](uint32_t set) {
        for (int skip = static_cast<int>(random() % static_cast<uint32_t>(std::popcount(set)));
             skip > 0; skip--)
          set &= set - 1;
        return std::countr_zero(set);
      };
      warp = choose(able_warps_);
      lane = choose(able_[static_cast<size_t>(warp)]);
      break;
    }
  }
  return warp * kWarp + lane;
}

int BlockRunner::pick() {
  if (!aborting_ && outcome_->stopped()) aborting_ = true;
  // To ask is dear: at random, or before another warp runs.
  const auto asks = [&] {
    return launch_->schedule.order == Schedule::Order::random ? random() % 8 == 0
                                                              : able_[current_ / kWarp] == 0;
  };
  if (!aborting_ && !sleepers_.empty() && asks()) poll();
  if (!aborting_ && able_warps_ == 0 && ended_ < static_cast<int>(lanes_.size()) && !poll() &&
      !aborting_)
    explain_deadlock();
  if (aborting_) return pick_to_abort();
  return able_warps_ == 0 ? -1 : pick_ready();
}

// The stacks of threads that wait are unwound; those that have not begun never do.
int BlockRunner::pick_to_abort() {
  for (size_t i = 0; i < lanes_.size(); i++)
    if (lanes_[i].fiber && lanes_[i].state != State::ended) return static_cast<int>(i);
  return -1;
}

// Asks those who wait for something; true where one of them can go on.
bool BlockRunner::poll() {
  const size_t before = current_;
  bool found = false;
  std::vector<int> asleep;
  std::swap(asleep, sleepers_);
  for (const int each : asleep) {
    current_ = static_cast<size_t>(each);
    bool ready = false;
    try {
      ready = !aborting_ && (*lanes_[current_].ready)();
    } catch (const Aborted&) {
    } catch (...) {
      outcome_->stop(std::current_exception());
      aborting_ = true;
    }
    if (ready)
      make_ready(each);
    else
      sleepers_.push_back(each);
    found = found || ready;
  }
  current_ = before;
  return found;
}

void BlockRunner::wait(const std::function<bool()>& ready,
                       const std::function<std::string()>& waits_for, CodeAddress site) {
  if (ready()) return;
  Lane& lane = lanes_[current_];
  lane.ready = &ready;
  lane.waits_for = &waits_for;
  sleepers_.push_back(static_cast<int>(current_));
  sleep("a wait", site);
  lane.ready = nullptr;
  lane.waits_for = nullptr;
}

int BlockRunner::add_unit(const std::string& name) {
  View sight;
  sight.floor = sight.warp_floor = start_ - 1;
  units_.push_back({name, sight});
  return kFirstUnit + static_cast<int>(units_.size()) - 1;
}

}  // namespace hidet
