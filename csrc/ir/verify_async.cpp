// Follows the traces of a program and finds what no wait or barrier keeps apart.
//
// A thread of control is the block, or a role. Its statements are numbered; an access is known to
// be over for a thread of control when it has learnt of a later number of the one that did it: for
// its own, by a barrier among its workers; for another role's, by an mbarrier. Asynchronous work is
// over for those who waited for its group, and then counts as an access made at the wait, or who
// waited for the phase of the mbarrier that it signals.
#include <deque>
#include <map>
#include <set>

#include "ir/async_trace.h"
#include "ir/verifier.h"
#include "ir/visit.h"

namespace hidet {

namespace {

using Clock = std::map<int, int64_t>;  // thread of control -> statements that are over

struct Access {
  BufferPart region;
  bool writes = false;
  int thread = 0;
  int64_t number = 0;
  int work = -1;  // asynchronous and not known to be over
  Stmt stmt;
};

void join(Clock& clock, const Clock& other) {
  for (const auto& [thread, number] : other) clock[thread] = std::max(clock[thread], number);
}

struct Thread {
  int id = 0;
  int64_t number = 1;
  Clock known;
  std::set<int> finished;  // work that signalled a barrier
  std::map<AsyncKind, std::vector<int>> open;
  std::map<AsyncKind, std::deque<std::vector<int>>> groups;
};

struct PhaseBarrier {
  int64_t phase = 0;
  int missing = 0;
  int64_t expected = 0;
  Clock clock, done_clock;  // of the running phase, of all completed ones
  std::set<int> work, done_work;
  int creator = 0;
  int64_t created = 0;
};

class Replay {
 public:
  explicit Replay(Problems& problems) : problems_(problems) {}

  void run(const Trace& trace) {
    Thread block;
    run(block, trace);
  }

 private:
  void run(Thread& self, const Trace& trace) {
    for (const Event& event : trace)
      if (!step(self, event)) problems_.add(event.stmt, "this wait never ends");
  }

  void check(const Thread& self, const BufferPart& region, bool writes, const Event& event) {
    const bool shared = region.buffer->scope == Scope::shared;
    for (const Access& old : accesses_[region.buffer->id]) {
      if ((!writes && !old.writes) || !region.overlaps(old.region)) continue;
      if (old.work >= 0) {
        const bool chained = event.kind == Event::Kind::product && !shared;
        if (self.finished.count(old.work) || chained) continue;
        problems_.add(event.stmt,
                      hidet::format("{} {}, which `{}` {} asynchronously, with no wait between",
                                    writes ? "overwrites" : "reads", region.buffer->name,
                                    print_head(old.stmt), old.writes ? "writes" : "reads"));
      } else if (shared) {
        const auto known = self.known.find(old.thread);
        if (known != self.known.end() && old.number <= known->second) continue;
        problems_.add(event.stmt,
                      hidet::format("{} {}, which `{}` {} with no barrier between",
                                    writes ? "overwrites" : "reads", region.buffer->name,
                                    print_head(old.stmt), old.writes ? "writes" : "reads"));
      }
    }
  }

  // Checks all of a statement's accesses, then notes them.
  void access(Thread& self, const Event& event, int work) {
    for (const BufferPart& region : event.reads) check(self, region, false, event);
    for (const BufferPart& region : event.writes) check(self, region, true, event);
    const auto note = [&](const BufferPart& region, bool writes) {
      if (region.buffer->scope != Scope::shared && work < 0) return;
      accesses_[region.buffer->id].push_back(
          {region, writes, self.id, self.number, work, event.stmt});
    };
    for (const BufferPart& region : event.reads) note(region, false);
    for (const BufferPart& region : event.writes) note(region, true);
  }

  // Workers of a loop over tasks touch what they like: each must keep to its own elements.
  void within(const Event& event) {
    if (!event.stmt.as<ForTask>()) return;
    std::map<Buffer, std::vector<std::vector<Expr>>> stored;
    walk(event.stmt, [&](Stmt s) {
      if (const auto* n = s.as<Store>(); n && n->buffer->scope == Scope::shared)
        stored[n->buffer].push_back(n->index);
    });
    walk(event.stmt, [&](Stmt s) {
      const auto* n = s.as<Load>();
      const auto it = n ? stored.find(n->buffer) : stored.end();
      if (it == stored.end()) return;
      for (const auto& index : it->second)
        if (index != n->index)
          problems_.add(
              s, hidet::format("reads {}, which other workers of the loop write", n->buffer->name));
    });
  }

  PhaseBarrier* barrier(Thread& self, const Event& event) {
    const auto it = barriers_.find(event.barrier->id);
    const bool there = it != barriers_.end() && event.index >= 0 &&
                       event.index < static_cast<int64_t>(it->second.size());
    if (!problems_.require(there, event.stmt, "there is no such barrier")) return nullptr;
    PhaseBarrier& at = it->second[static_cast<size_t>(event.index)];
    const auto known = self.known.find(at.creator);
    problems_.require(known != self.known.end() && at.created <= known->second, event.stmt,
                      hidet::format("uses {}, which `allocate` makes with no barrier between",
                                    event.barrier->name));
    return &at;
  }

  // Ends the phase of a barrier for which nothing is missing any more.
  void complete(PhaseBarrier& at, Buffer barrier) {
    if (at.missing != 0 || at.expected != 0) return;
    ++at.phase;
    at.missing = barrier->arrivals;
    join(at.done_clock, at.clock);
    at.done_work.insert(at.work.begin(), at.work.end());
  }

  // False: it waits, and is to be tried again.
  bool step(Thread& self, const Event& event) {
    using Kind = Event::Kind;
    switch (event.kind) {
      case Kind::access:
        within(event);
        access(self, event, -1);
        break;
      case Kind::copy_group:
      case Kind::product: {
        const int work = next_work_++;
        access(self, event, work);
        const bool copies = event.kind == Kind::copy_group;
        self.open[copies ? AsyncKind::cp_async : AsyncKind::wgmma].push_back(work);
        break;
      }
      case Kind::copy_signal: {
        const int work = next_work_++;
        access(self, event, work);
        PhaseBarrier* at = barrier(self, event);
        if (!at) break;
        at->expected -= event.expected;
        at->work.insert(work);
        complete(*at, event.barrier);
        break;
      }
      case Kind::commit:
        self.groups[event.group].push_back(std::move(self.open[event.group]));
        self.open[event.group].clear();
        break;
      case Kind::wait:
        wait(self, event);
        break;
      case Kind::sync:
        for (auto& [thread, number] : ended_) self.known[thread] = number;
        self.known[self.id] = self.number;
        if (self.id == 0) forget(self);
        break;
      case Kind::create: {
        PhaseBarrier fresh;
        fresh.missing = event.barrier->arrivals;
        fresh.creator = self.id;
        fresh.created = self.number;
        const auto count = event.barrier->shape.empty() ? 1 : as_int(event.barrier->shape[0]);
        barriers_[event.barrier->id].assign(static_cast<size_t>(count.value_or(0)), fresh);
        break;
      }
      case Kind::arrive:
        arrive(self, event);
        break;
      case Kind::wait_barrier: {
        PhaseBarrier* at = barrier(self, event);
        if (!at) break;
        if (at->phase % 2 == event.parity) return false;
        join(self.known, at->done_clock);
        self.finished.insert(at->done_work.begin(), at->done_work.end());
        break;
      }
      case Kind::roles:
        run_roles(self, event);
        break;
    }
    ++self.number;
    return true;
  }

  // What is over for a block without roles can meet nothing any more.
  void forget(const Thread& self) {
    for (auto& [buffer, list] : accesses_)
      std::erase_if(list, [&](const Access& old) {
        const auto known = self.known.find(old.thread);
        return old.work < 0 && known != self.known.end() && old.number <= known->second;
      });
  }

  void wait(Thread& self, const Event& event) {
    auto& groups = self.groups[event.group];
    while (static_cast<int>(groups.size()) > event.leaving) {
      const std::set<int> over(groups.front().begin(), groups.front().end());
      groups.pop_front();
      for (auto& [buffer, list] : accesses_) {
        for (Access& old : list) {
          if (old.work < 0 || !over.count(old.work)) continue;
          old.work = -1;
          old.number = self.number;
        }
        std::erase_if(list, [&](const Access& old) {
          return old.work < 0 && old.region.buffer->scope != Scope::shared;
        });
      }
    }
  }

  void arrive(Thread& self, const Event& event) {
    PhaseBarrier* at = barrier(self, event);
    if (!at) return;
    if (!problems_.require(at->missing > 0, event.stmt,
                           "arrives once more than the phase of the barrier takes"))
      return;
    --at->missing;
    at->expected += event.expected;
    join(at->clock, self.known);
    at->clock[self.id] = self.number;
    at->work.insert(self.finished.begin(), self.finished.end());
    complete(*at, event.barrier);
  }

  void run_roles(Thread& self, const Event& event) {
    struct Runner {
      Thread thread;
      const Trace* trace;
      size_t next = 0;
    };
    std::vector<Runner> runners;
    for (const Trace& trace : event.roles) {
      Thread thread;
      thread.id = next_thread_++;
      thread.known = self.known;
      runners.push_back({std::move(thread), &trace});
    }
    for (bool moved = true; moved;) {
      moved = false;
      for (Runner& runner : runners)
        while (runner.next < runner.trace->size() &&
               step(runner.thread, (*runner.trace)[runner.next])) {
          ++runner.next;
          moved = true;
        }
    }
    for (const Runner& runner : runners) {
      if (runner.next < runner.trace->size())
        problems_.add((*runner.trace)[runner.next].stmt, "this wait never ends");
      ended_[runner.thread.id] = runner.thread.number;
    }
  }

  Problems& problems_;
  std::map<uint32_t, std::vector<Access>> accesses_;  // by buffer
  std::map<uint32_t, std::vector<PhaseBarrier>> barriers_;
  std::map<int, int64_t> ended_;  // roles, with their numbers
  int next_work_ = 0;
  int next_thread_ = 1;
};

// How often loops are to run so that stages come round twice.
int iterations(const Program& program) {
  int64_t ring = 2;
  constexpr int64_t kLongestRing = 8;
  const auto look = [&](Expr root) {
    walk(root, [&](Expr e) {
      const auto* n = e.as<Call>();
      if (!n || n->function != Function::mod) return;
      if (auto count = as_int(n->args[1]); count && *count <= kLongestRing)
        ring = std::max(ring, *count);
    });
  };
  walk(
      program.body,
      [&](Stmt s) {
        if (const auto* n = s.as<Wait>()) ring = std::max<int64_t>(ring, n->leaving + 1);
      },
      look);
  return static_cast<int>(2 * ring + 1);
}

bool is_asynchronous(Stmt root) {
  bool found = false;
  walk(root, [&](Stmt s) {
    const auto* allocate = s.as<Allocate>();
    const auto* copy = s.as<Copy>();
    const auto* mma = s.as<Mma>();
    found = found || (allocate && allocate->buffer->scope == Scope::shared) || s.as<Roles>() ||
            (copy && copy->transport != Transport::direct) || (mma && mma->asynchronous) ||
            s.as<WaitBarrier>();
  });
  return found;
}

bool is_of_threads(Stmt root) {
  bool found = false;
  walk(root, [&](Stmt s) {
    const auto* loop = s.as<For>();
    found = found || (loop && loop->loop == ForKind::threads) || s.as<Instruction>();
  });
  return found;
}

}  // namespace

void verify_async(const Program& program, Problems& problems) {
  constexpr int kMostPaths = 1000;
  // Once threads are loops and tile statements instructions, what each does is no step of the block
  // any more.
  if (program.level != Level::mapped || is_of_threads(program.body) || !is_gpu(program) ||
      !is_asynchronous(program.body))
    return;
  for_each_trace(
      program, iterations(program), kMostPaths,
      [&](const Trace& trace) { Replay(problems).run(trace); },
      [&](Stmt s) { problems.add(s, "the barrier and its phase cannot be followed"); });
}

}  // namespace hidet
