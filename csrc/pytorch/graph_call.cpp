#include "pytorch/graph_call.h"

#include <c10/util/SmallVector.h>
#include <torch/csrc/Exceptions.h>
#include <torch/csrc/autograd/python_variable.h>

#include "pytorch/errors.h"
#include "pytorch/tensor_ref.h"

namespace hidet {
namespace {

class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  ~WithoutGil() { PyEval_RestoreThread(state_); }
  WithoutGil(const WithoutGil&) = delete;

 private:
  PyThreadState* state_;
};

// Only borrowed pointers are taken: the caller keeps the tensors alive, no reference count is
// touched, and none is dropped without the GIL. Lazy tensors are resolved into `resolved`.
void take_argument(PyObject* object, size_t index, WithVersion with_version, CallValue& value,
                   std::vector<at::Tensor>& resolved) {
  if (THPVariable_Check(object)) {
    value.kind = CallValue::Kind::tensor;
    borrow_resolved(THPVariable_Unpack(object), with_version, value.tensor, resolved);
  } else if (PyLong_Check(object)) {
    value.kind = CallValue::Kind::integer;
    value.integer = PyLong_AsLongLong(object);
    if (value.integer == -1 && PyErr_Occurred()) throw python_error();
  } else if (object == Py_None) {
    value.kind = CallValue::Kind::integer;  // of an argument that is not looked at
  } else {
    HIDET_USER_ERROR(type, "argument {} of a compiled graph is a {}, not a tensor or an int", index,
                     Py_TYPE(object)->tp_name);
  }
}

PyObject* result_of(const CallValue& value) {
  switch (value.kind) {
    case CallValue::Kind::tensor:
      return THPVariable_Wrap(take(value.tensor.handle));
    case CallValue::Kind::integer:
      return PyLong_FromLongLong(value.integer);
    case CallValue::Kind::none:
      break;
  }
  Py_RETURN_NONE;
}

}  // namespace

PyObject* call_graph(CompiledGraph& graph, std::span<PyObject* const> objects,
                     std::vector<StepTime>* times) {
  c10::SmallVector<CallValue, 128> arguments(graph.plan().arguments.size());
  c10::SmallVector<CallValue, 16> results(graph.result_count());
  std::vector<at::Tensor> resolved;
  with_torch_errors([&] {
    if (objects.size() != graph.argument_count())
      HIDET_USER_ERROR(type, "a compiled graph takes {} arguments, not {}", graph.argument_count(),
                       objects.size());
    const auto with_version = graph.with_version();
    for (size_t i = 0; i < objects.size(); ++i)
      take_argument(objects[i], i, with_version[i], arguments[i], resolved);
  });
  {
    const WithoutGil released;
    graph.run({arguments.data(), arguments.size()}, {results.data(), results.size()}, times);
  }
  PyObject* wrapped = PyList_New(static_cast<Py_ssize_t>(results.size()));
  for (size_t i = 0; wrapped && i < results.size(); ++i)
    PyList_SET_ITEM(wrapped, static_cast<Py_ssize_t>(i), result_of(results[i]));
  return wrapped;
}

}  // namespace hidet
