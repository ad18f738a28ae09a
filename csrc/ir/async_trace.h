// Traces: what a program does with memory that several threads or asynchronous work can touch,
// along one path, in order.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ir/program.h"

namespace hidet {

// A part of a buffer. Bounds that the path does not determine are absent: they may be anything.
struct BufferPart {
  struct Range {
    std::optional<int64_t> start, extent;
  };
  Buffer buffer = nullptr;
  std::vector<Range> ranges;
  bool overlaps(const BufferPart& other) const;
  // Bytes, where the extents are known.
  std::optional<int64_t> bytes() const;
};

struct Event {
  enum class Kind : uint8_t {
    access,       // reads, writes
    copy_group,   // asynchronous: into writes, part of the next cp_async group
    copy_signal,  // asynchronous: into writes, which signals barrier[index]
    product,      // asynchronous: reads, writes; part of the next wgmma group
    commit,
    wait,
    sync,          // Barrier
    create,        // an mbarrier
    arrive,        // on barrier[index]; with `expected` bytes
    wait_barrier,  // for parity
    roles
  };
  Kind kind = Kind::access;
  Stmt stmt;
  std::vector<BufferPart> reads, writes;
  AsyncKind group = AsyncKind::cp_async;
  int leaving = 0;
  Buffer barrier = nullptr;
  int64_t index = 0;
  int64_t expected = 0;
  int64_t parity = 0;
  std::vector<std::vector<Event>> roles;
};
using Trace = std::vector<Event>;

// Calls f with the trace of every path: loops whose extent is unknown run from no time to
// `iterations` times, conditions that are unknown hold and do not. At most `limit` paths. Two equal
// extents or conditions go the same way. `unclear`: called for a barrier whose index, parity or
// bytes the path does not determine; such a path is given up.
void for_each_trace(const Program& program, int iterations, int limit,
                    const std::function<void(const Trace&)>& f,
                    const std::function<void(Stmt)>& unclear);

}  // namespace hidet
