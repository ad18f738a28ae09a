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

RunningBlock::Acting::Acting(int actor) : before_(current().actor()) { current().set_actor(actor); }
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

void BlockRunner::fiber_main(void* self) { static_cast<BlockRunner*>(self)->run_threads(); }

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

void BlockRunner::sleep(const char* what, Site site) {
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
  const auto warp_now = static_cast<int>(current_ / kWarp);
  int warp = warp_now, lane = 0;
  switch (launch_->schedule.order) {
    case Schedule::Order::forward: {
      if (able_[static_cast<size_t>(warp)] == 0) {
        const uint32_t later = able_warps_ & (~uint32_t{0} << warp);
        warp = std::countr_zero(later ? later : able_warps_);
      }
      lane = std::countr_zero(able_[static_cast<size_t>(warp)]);
      break;
    }
    case Schedule::Order::reverse: {
      if (able_[static_cast<size_t>(warp)] == 0) {
        const uint32_t earlier = able_warps_ & ((uint32_t{1} << warp) - 1);
        warp = 31 - std::countl_zero(earlier ? earlier : able_warps_);
      }
      lane = 31 - std::countl_zero(able_[static_cast<size_t>(warp)]);
      break;
    }
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
  const bool random_order = launch_->schedule.order == Schedule::Order::random;
  if (!aborting_ && outcome_->stopped()) aborting_ = true;
  if (!aborting_ && random_order && !sleepers_.empty() && random() % 8 == 0) poll();
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
                       const std::function<std::string()>& waits_for, Site site) {
  if (ready()) return;
  Lane& lane = lanes_[current_];
  lane.ready = &ready;
  lane.waits_for = &waits_for;
  sleepers_.push_back(static_cast<int>(current_));
  sleep("a wait", site);
}

void BlockRunner::fail(Check check, const std::string& what, Site site, const void* address) {
  const int thread = actor() < kFirstUnit ? actor() : -1;
  Finding finding{.check = check,
                  .kernel = launch_->code->symbol,
                  .line = launch_->code->line_of(site),
                  .block = block_,
                  .thread = thread,
                  .address = static_cast<uint64_t>(shared_.is_near(address) ? shared_.offset(address) : 0),
                  .text = what};
  finding.code = launch_->code->text_of(finding.line);
  if (address && !shared_.is_near(address))
    if (const auto* region = launch_->global->near(address))
      finding.address = static_cast<uint64_t>(static_cast<const unsigned char*>(address) - region->begin);
  if (!aborting_) outcome_->stop(std::move(finding));
  aborting_ = true;
  throw Aborted();
}

std::string BlockRunner::line_of(Site site) const {
  const int line = launch_->code->line_of(site);
  return line > 0 ? hidet::format("line {}", line) : "the prelude";
}

int BlockRunner::add_unit(const std::string& name) {
  View sight;
  sight.floor = sight.warp_floor = start_ - 1;
  units_.push_back({name, sight});
  return kFirstUnit + static_cast<int>(units_.size()) - 1;
}

std::string BlockRunner::name_of_actor(int actor) const {
  return actor < kFirstUnit ? hidet::format("thread {}", actor)
                            : units_[static_cast<size_t>(actor - kFirstUnit)].name;
}

// "threads 0-31 in __syncthreads (line 12), threads 32-63 have ended".
void BlockRunner::explain_deadlock() {
  std::string text;
  const auto what = [&](const Lane& lane) {
    if (lane.state == State::ended) return std::string("ended");
    std::string at = hidet::format("in {} ({})", lane.waits_in, line_of(lane.site));
    if (lane.waits_for) at += ": " + (*lane.waits_for)();
    return at;
  };
  int groups = 0;
  size_t first_waiting = lanes_.size();
  bool only_meetings = true, some_ended = false;
  for (size_t i = 0; i < lanes_.size();) {
    const std::string here = what(lanes_[i]);
    size_t end = i + 1;
    while (end < lanes_.size() && what(lanes_[end]) == here) end++;
    if (lanes_[i].state == State::ended) {
      some_ended = true;
    } else {
      first_waiting = std::min(first_waiting, i);
      only_meetings = only_meetings && !lanes_[i].waits_for;
    }
    if (++groups <= 8)
      text += (end == i + 1 ? hidet::format("\n  thread {} ", i)
                            : hidet::format("\n  threads {}-{} ", i, end - 1)) +
              here;
    if (groups == 9) text += "\n  ...";
    i = end;
  }
  HIDET_ASSERT(first_waiting < lanes_.size(), "no thread waits");
  const size_t before = current_;
  current_ = first_waiting;
  const char* cause = only_meetings && some_ended ? "threads wait for others that have ended:"
                      : only_meetings             ? "threads wait for each other at different places:"
                                                  : "no thread can go on:";
  try {
    fail(only_meetings ? Check::barriers : Check::waits, cause + text, lanes_[current_].site,
         nullptr);
  } catch (const Aborted&) {
  }
  current_ = before;
}

}  // namespace hidet
