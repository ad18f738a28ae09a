// call_graph: a compiled graph called with Python objects.
#pragma once

#include <Python.h>

#include <span>
#include <vector>

#include "pytorch/compiled_graph.h"

namespace hidet {

// A new list of the results; may throw C++ errors. `objects`, the tensors and integers of the call,
// are borrowed and have to live as long as the call. `times` as of Executor::run.
PyObject* call_graph(CompiledGraph& graph, std::span<PyObject* const> objects,
                     std::vector<StepTime>* times);

}  // namespace hidet
