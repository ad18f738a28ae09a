// Barriers, collectives and clocks of a block.
#include <algorithm>
#include <bit>

#include "base/error.h"
#include "emulator/block_runner.h"

namespace hidet {

namespace {

constexpr int kWarp = 32;
constexpr int kWarpgroup = 128;

}  // namespace

BlockRunner::View& BlockRunner::sight_of(int actor) {
  return actor < kFirstUnit ? lanes_[static_cast<size_t>(actor)].sight
                            : units_[static_cast<size_t>(actor - kFirstUnit)].sight;
}

void BlockRunner::release_from(int actor, Clock& clock) {
  const View& view = sight_of(actor);
  clock.raise(view.floor);
  if (actor < kFirstUnit && view.warp_floor > view.floor) {
    const int first = actor / kWarp * kWarp;
    for (int i = first; i < std::min(first + kWarp, launch_->threads); i++)
      clock.see(i, view.warp_floor);
  }
  if (view.seen) clock.join(*view.seen);
  clock.see(actor, now_);
  now_++;
}

void BlockRunner::acquire_into(int actor, const Clock& clock) {
  View& view = sight_of(actor);
  view.floor = std::max(view.floor, clock.floor());
  if (clock.is_flat()) return;
  auto joined = view.seen ? std::make_shared<Clock>(*view.seen) : std::make_shared<Clock>();
  joined->join(clock);
  view.seen = std::move(joined);
}

void BlockRunner::release(Clock& clock) {
  release_from(actor(), clock);
}
void BlockRunner::acquire(const Clock& clock) {
  acquire_into(actor(), clock);
}

bool BlockRunner::same_line(CodeAddress a, CodeAddress b) {
  return a == b || launch_->code->line_of(a) == launch_->code->line_of(b);
}

void BlockRunner::barrier(int id, int threads, bool waits, CodeAddress site) {
  if (id < 0 || id >= 16)
    fail(Check::barriers, hidet::format("barrier {}: there are 16", id), site, nullptr);
  Arrivals& at = barriers_[id];
  const bool whole = threads == 0 || threads == launch_->threads;
  const int expected = threads == 0 ? launch_->threads : threads;
  if (expected % kWarp != 0 && !whole)
    fail(Check::barriers, hidet::format("a barrier of {} threads, no whole warps", expected), site,
         nullptr);
  if (at.arrived == 0) {
    at.expected = expected;
    at.site = site;
  } else if (at.expected != expected) {
    fail(Check::barriers,
         hidet::format("barrier {} of {} threads, but of {} at {}", id, expected, at.expected,
                       line_of(at.site)),
         site, nullptr);
  } else if (id == 0 && whole && !same_line(at.site, site)) {
    fail(Check::barriers,
         hidet::format("divergent barrier: other threads of the block have come to the one of {}",
                       line_of(at.site)),
         site, nullptr);
  }
  at.arrived++;
  if (!whole || !waits) release_from(static_cast<int>(current_), at.clock);
  if (waits) at.waiting.push_back(static_cast<int>(current_));
  if (at.arrived == at.expected) {
    complete(at);
  } else if (waits) {
    sleep(id == 0 ? "__syncthreads" : "a named barrier", site);
  }
}

// All have arrived; the last one is running.
void BlockRunner::complete(Arrivals& at) {
  const bool whole = static_cast<int>(at.waiting.size()) == launch_->threads;
  std::shared_ptr<Clock> units;
  if (whole) {
    for (const Lane& lane : lanes_)
      if (lane.sight.seen && lane.sight.seen->has_units()) {
        if (!units) units = std::make_shared<Clock>();
        units->join_units(*lane.sight.seen);
      }
    for (Lane& lane : lanes_) {
      lane.sight.floor = now_;
      lane.sight.seen = units;
    }
    now_++;
  } else {
    for (const int thread : at.waiting) acquire_into(thread, at.clock);
  }
  for (const int thread : at.waiting)
    if (thread != static_cast<int>(current_)) make_ready(thread);
  at.waiting.clear();
  at.arrived = 0;
  at.clock.clear();
}

void BlockRunner::order_warp(int first, uint32_t mask) {
  const int lanes = std::min(kWarp, launch_->threads - first);
  const uint32_t all = lanes == kWarp ? ~uint32_t{0} : (uint32_t{1} << lanes) - 1;
  const View& one = lanes_[static_cast<size_t>(first)].sight;
  bool alike = mask == all;
  for (int i = first; i < first + lanes && alike; i++) {
    const View& view = lanes_[static_cast<size_t>(i)].sight;
    alike = view.floor == one.floor && view.seen == one.seen;
  }
  if (alike) {
    for (int i = first; i < first + lanes; i++)
      lanes_[static_cast<size_t>(i)].sight.warp_floor = now_;
    now_++;
    return;
  }
  Clock clock;
  for (int i = 0; i < lanes; i++)
    if (mask >> i & 1) release_from(first + i, clock);
  for (int i = 0; i < lanes; i++)
    if (mask >> i & 1) acquire_into(first + i, clock);
}

void BlockRunner::sync_warp(uint32_t mask, CodeAddress site) {
  collective("__syncwarp", kWarp, mask, [](std::span<void* const>) {}, nullptr, site, true);
}

void BlockRunner::collective(const char* name, int threads, uint32_t mask, Collective run,
                             void* argument, CodeAddress site, bool orders_memory) {
  HIDET_ASSERT(threads == kWarp || threads == kWarpgroup, "a collective of {} threads", threads);
  const int self = static_cast<int>(current_);
  const int first = self / threads * threads, place = self - first;
  const auto diverges = [&](const std::string& why) {
    fail(Check::barriers, hidet::format("divergent collective {}: {}", name, why), site, nullptr);
  };
  if (threads == kWarp && !(mask >> place & 1))
    diverges(hidet::format("the mask {:#010x} is without lane {} itself", mask, place));
  const int last = threads == kWarp ? 31 - std::countl_zero(mask) : threads - 1;
  if (first + last >= launch_->threads)
    diverges(hidet::format("it wants thread {}, the block has {}", first + last, launch_->threads));
  Meeting* meeting = nullptr;
  for (const auto& each : meetings_)
    if (each->first == first && each->threads == threads && each->mask == mask)
      meeting = each.get();
  if (meeting) {
    if (meeting->run != run || std::string_view(meeting->name) != name)
      diverges(hidet::format("other lanes have come to {} at {}", meeting->name,
                             line_of(meeting->site)));
    if (!same_line(meeting->site, site))
      diverges(hidet::format("other lanes have come to the one at {}", line_of(meeting->site)));
  } else {
    if (unused_meetings_.empty()) unused_meetings_.push_back(std::make_unique<Meeting>());
    meetings_.push_back(std::move(unused_meetings_.back()));
    unused_meetings_.pop_back();
    meeting = meetings_.back().get();
    meeting->name = name;
    meeting->first = first;
    meeting->threads = threads;
    meeting->mask = mask;
    meeting->run = run;
    meeting->site = site;
    meeting->expected = threads == kWarp ? std::popcount(mask) : threads;
    meeting->arrived = 0;
    std::fill_n(meeting->arguments, threads, nullptr);
    std::fill_n(meeting->present, threads, false);
  }
  meeting->arguments[place] = argument;
  meeting->present[place] = true;
  if (++meeting->arrived < meeting->expected) return sleep(name, site);
  // Out of the list first: `run` may fail, and others may meet again.
  const auto at = std::find_if(meetings_.begin(), meetings_.end(),
                               [&](const auto& each) { return each.get() == meeting; });
  std::unique_ptr<Meeting> done = std::move(*at);
  meetings_.erase(at);
  const int before = first_of_collective_;
  first_of_collective_ = first;
  run(std::span<void* const>(done->arguments, static_cast<size_t>(threads)));
  first_of_collective_ = before;
  if (orders_memory) {
    if (threads == kWarp) {
      order_warp(first, mask);
    } else {
      Clock clock;
      for (int i = 0; i < threads; i++) release_from(first + i, clock);
      for (int i = 0; i < threads; i++) acquire_into(first + i, clock);
    }
  }
  for (int i = 0; i < threads; i++)
    if (done->present[i] && i != place) make_ready(first + i);
  unused_meetings_.push_back(std::move(done));
}

}  // namespace hidet
