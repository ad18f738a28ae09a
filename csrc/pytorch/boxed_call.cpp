#include "pytorch/boxed_call.h"

#include <c10/util/SmallVector.h>
#include <structmember.h>  // T_PYSSIZET and READONLY before Python 3.12
#include <torch/csrc/Exceptions.h>
#include <torch/csrc/autograd/python_variable.h>

#include "pytorch/errors.h"
#include "pytorch/tensor_ref.h"

namespace hidet {
namespace {

struct BoxedCall {
  PyObject_HEAD;
  vectorcallfunc call;
  CompiledGraph* graph;     // one reference
  PyObject* script_object;  // one reference
};

class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  ~WithoutGil() { PyEval_RestoreThread(state_); }
  WithoutGil(const WithoutGil&) = delete;

 private:
  PyThreadState* state_;
};

// Only borrowed pointers are taken: the list keeps the tensors alive, no reference count is
// touched, and none is dropped without the GIL. Tensors that are lazily negated or conjugated are
// resolved into `resolved`.
void take_argument(PyObject* object, Py_ssize_t index, WithVersion with_version, CallValue& value,
                   std::vector<at::Tensor>& resolved) {
  if (THPVariable_Check(object)) {
    value.kind = CallValue::Kind::tensor;
    const at::Tensor& tensor = THPVariable_Unpack(object);
    if (C10_UNLIKELY(tensor.is_neg() && !tensor.is_complex())) {
      resolved.push_back(tensor.resolve_neg());
      borrow(resolved.back(), with_version, value.tensor);
    } else {
      borrow(tensor, with_version, value.tensor);
    }
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

PyObject* boxed_call(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* names) {
  HANDLE_TH_ERRORS
  if (PyVectorcall_NARGS(flags) != 1 || (names && PyTuple_GET_SIZE(names) != 0))
    throw c10::TypeError({__func__, __FILE__, __LINE__},
                         "a compiled graph is called with one list of its arguments");
  return run_boxed_call(*reinterpret_cast<BoxedCall*>(self)->graph, arguments[0], nullptr);
  END_HANDLE_TH_ERRORS
}

void deallocate(PyObject* self) {
  auto* object = reinterpret_cast<BoxedCall*>(self);
  c10::raw::intrusive_ptr::decref(object->graph);
  Py_XDECREF(object->script_object);
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* get_boxed(PyObject*, void*) {
  Py_RETURN_TRUE;
}

PyObject* get_script_object(PyObject* self, void*) {
  PyObject* object = reinterpret_cast<BoxedCall*>(self)->script_object;
  Py_INCREF(object);
  return object;
}

PyGetSetDef kGetSet[] = {
    {"_boxed_call", get_boxed, nullptr, "AOTAutograd passes one list of arguments.", nullptr},
    {"script_object", get_script_object, nullptr, "The same graph, of torch.classes.", nullptr},
    {}};
PyMemberDef kMembers[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(BoxedCall, call), READONLY, nullptr}, {}};
PyType_Slot kSlots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
                        {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                        {Py_tp_getset, kGetSet},
                        {Py_tp_members, kMembers},
                        {0, nullptr}};
PyType_Spec kSpec = {"hidet_torch._C.BoxedCall", sizeof(BoxedCall), 0,
                     Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL, kSlots};

}  // namespace

PyTypeObject* boxed_call_type() {
  static auto* type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&kSpec));
  return type;
}

PyObject* make_boxed_call(c10::intrusive_ptr<CompiledGraph> graph, PyObject* script_object) {
  auto* object = PyObject_New(BoxedCall, boxed_call_type());
  if (!object) return nullptr;
  object->call = boxed_call;
  object->graph = graph.release();
  Py_INCREF(script_object);
  object->script_object = script_object;
  return reinterpret_cast<PyObject*>(object);
}

CompiledGraph* graph_of_boxed_call(PyObject* object) {
  if (Py_TYPE(object) == boxed_call_type()) return reinterpret_cast<BoxedCall*>(object)->graph;
  PyErr_SetString(PyExc_TypeError, "a compiled graph of hidet is expected");
  return nullptr;
}

PyObject* run_boxed_call(CompiledGraph& graph, PyObject* list, std::vector<StepTime>* times) {
  const auto count = static_cast<Py_ssize_t>(graph.argument_count());
  c10::SmallVector<CallValue, 128> arguments(graph.plan().arguments.size());
  c10::SmallVector<CallValue, 16> results(graph.result_count());
  std::vector<at::Tensor> resolved;
  with_torch_errors([&] {
    if (!PyList_CheckExact(list))
      HIDET_USER_ERROR(type, "a compiled graph takes one list of its arguments, not a {}",
                       Py_TYPE(list)->tp_name);
    if (PyList_GET_SIZE(list) != count)
      HIDET_USER_ERROR(type, "a compiled graph takes {} arguments, not {}", count,
                       PyList_GET_SIZE(list));
    const auto with_version = graph.with_version();
    for (Py_ssize_t i = 0; i < count; ++i)
      take_argument(PyList_GET_ITEM(list, i), i, with_version[i], arguments[i], resolved);
  });
  {
    const WithoutGil released;
    graph.run({arguments.data(), arguments.size()}, {results.data(), results.size()}, times);
  }
  if (PyList_SetSlice(list, 0, count, nullptr) != 0) throw python_error();
  PyObject* wrapped = PyList_New(static_cast<Py_ssize_t>(results.size()));
  for (size_t i = 0; wrapped && i < results.size(); ++i)
    PyList_SET_ITEM(wrapped, static_cast<Py_ssize_t>(i), result_of(results[i]));
  return wrapped;
}

}  // namespace hidet
