// DirectCall: the Python type by which Dynamo calls a compiled graph with its arguments one by one,
// nothing of AOTAutograd in between.
#pragma once

#include <Python.h>
#include <c10/util/intrusive_ptr.h>

#include "pytorch/compiled_graph.h"

namespace hidet {

// A new reference. None for a graph that calls operators of PyTorch, which look at what
// AOTAutograd's wrapper sets (autocast, modes of dispatch); null with a Python error set where that
// fails.
PyObject* make_direct_call(c10::intrusive_ptr<CompiledGraph> graph);

}  // namespace hidet
