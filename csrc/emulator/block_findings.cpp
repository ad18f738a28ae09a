// What is said of rules that a block has broken.
#include <algorithm>

#include "base/error.h"
#include "emulator/block_runner.h"

namespace hidet {

void BlockRunner::fail(Check check, const std::string& what, CodeAddress site,
                       const void* address) {
  const int thread = actor() < kFirstUnit ? actor() : -1;
  Finding finding{
      .check = check,
      .kernel = launch_->code->symbol,
      .line = launch_->code->line_of(site),
      .block = block_,
      .thread = thread,
      .address = static_cast<uint64_t>(shared_.is_near(address) ? shared_.offset(address) : 0),
      .text = what};
  finding.code = launch_->code->text_of(finding.line);
  if (address && !shared_.is_near(address))
    if (const auto* region = launch_->global->near(address))
      finding.address =
          static_cast<uint64_t>(static_cast<const unsigned char*>(address) - region->begin);
  if (!aborting_) outcome_->stop(std::move(finding));
  aborting_ = true;
  throw Aborted();
}

std::string BlockRunner::line_of(CodeAddress site) const {
  const int line = launch_->code->line_of(site);
  return line > 0 ? hidet::format("line {}", line) : "the prelude";
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
                      : only_meetings ? "threads wait for each other at different places:"
                                      : "no thread can go on:";
  try {
    fail(only_meetings ? Check::barriers : Check::waits, cause + text, lanes_[current_].site,
         nullptr);
  } catch (const Aborted&) {
  }
  current_ = before;
}

void BlockRunner::fail_pending(Kind kind, int64_t offset, CodeAddress site) {
  for (const Pending& each : pending_)
    if (offset < each.end && offset + (1 << shared_.shift()) > each.begin)
      fail(Check::waits,
           hidet::format("{} byte {} of shared memory, which {} of {} at {} is still going to {}",
                         verb_of(kind), offset, each.what, name_of_actor(each.actor),
                         line_of(each.site), each.written ? "write" : "read"),
           site, shared_.data() + offset);
  HIDET_UNREACHABLE("byte {} is marked as pending", offset);
}

void BlockRunner::fail_race(Kind kind, const AccessStamp& other, bool other_writes,
                            const std::string& place, CodeAddress site) {
  fail(Check::races,
       hidet::format("{} {}, which {} {} at {}, and nothing orders the two", verb_of(kind), place,
                     name_of_actor(other.actor), other_writes ? "writes" : "reads",
                     line_of(expand(other.site))),
       site, nullptr);
}

void BlockRunner::fail_out_of_bounds(Kind kind, const void* address, int64_t bytes,
                                     CodeAddress site) {
  const char* verb = verb_of(kind);
  if (shared_.is_near(address))
    fail(Check::bounds,
         hidet::format("{} {} bytes at byte {} of shared memory, which has {}", verb, bytes,
                       shared_.offset(address), launch_->shared_bytes),
         site, address);
  if (const auto* region = launch_->global->near(address))
    fail(Check::bounds,
         hidet::format("{} {} bytes at byte {} of buffer {}, which has {}", verb, bytes,
                       static_cast<const unsigned char*>(address) - region->begin,
                       region->buffers.front(), region->bytes),
         site, address);
  fail(Check::bounds,
       hidet::format("{} {} bytes at {}, which is in no buffer", verb, bytes,
                     static_cast<const void*>(address)),
       site, nullptr);
}

}  // namespace hidet
