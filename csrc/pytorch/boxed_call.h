// BoxedCall: the Python type by which Dynamo calls a compiled graph: one list of arguments, which
// it empties, to one list of results.
#pragma once

#include <Python.h>
#include <c10/util/intrusive_ptr.h>

#include "pytorch/compiled_graph.h"

namespace hidet {

// The type, made once. Borrowed; null with a Python error set where that fails.
PyTypeObject* boxed_call_type();
// A new reference. `script_object`: the same graph as an object of torch.classes.
PyObject* make_boxed_call(c10::intrusive_ptr<CompiledGraph> graph, PyObject* script_object);
// Null, with the error set, for an object of another type.
CompiledGraph* graph_of_boxed_call(PyObject* object);
// As a call of the object; may throw C++ errors. With `times`, as Executor::run.
PyObject* run_boxed_call(CompiledGraph& graph, PyObject* list, std::vector<StepTime>* times);

}  // namespace hidet
