// Task mappings for the eye.
#pragma once

#include <string>

#include "mapping/task_mapping.h"

namespace hidet {

// An SVG picture of a mapping of rank 1 or 2: a grid of tasks, each cell with its worker (the first
// of those that share it), below it the worker's local index where a worker has several tasks, in
// the worker's colour.
std::string draw_svg(const TaskMapping<int64_t>& mapping);

// One line a worker: its tasks in order.
std::string worker_table(const TaskMapping<int64_t>& mapping);

}  // namespace hidet
