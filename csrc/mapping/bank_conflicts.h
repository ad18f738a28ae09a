// Bank conflicts of a shared-memory access, counted from who does what and where it lies.
#pragma once

#include "mapping/layout.h"
#include "mapping/task_mapping.h"

namespace hidet {

struct BankConflicts {
  int64_t instructions = 0;  // of a warp
  int64_t passes = 0;        // over the shared memory, without conflicts
  int64_t conflicts = 0;     // passes more than that
  int64_t worst = 0;         // the most different words of one bank in one pass
  bool operator==(const BankConflicts&) const = default;
};

// Each worker (thread; 32 form a warp) of `mapping` accesses its tasks in order, `vector_width`
// successive ones by one instruction: they must be adjacent in `layout` and aligned. Shared memory
// has 32 banks of 4 bytes; lanes that read the same word share it. An instruction of 8 or 16 bytes
// a lane is done in passes of 16 or 8 lanes.
BankConflicts bank_conflicts(const TaskMapping<int64_t>& mapping, const Layout<int64_t>& layout,
                             int64_t element_bytes, int64_t vector_width);

}  // namespace hidet
