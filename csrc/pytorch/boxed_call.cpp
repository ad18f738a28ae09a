#include "pytorch/boxed_call.h"

#include <structmember.h>  // T_PYSSIZET and READONLY before Python 3.12
#include <torch/csrc/Exceptions.h>

#include "pytorch/direct_call.h"
#include "pytorch/errors.h"
#include "pytorch/graph_call.h"

namespace hidet {
namespace {

struct BoxedCall {
  PyObject_HEAD;
  vectorcallfunc call;
  CompiledGraph* graph;     // one reference
  PyObject* script_object;  // one reference
};

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

PyObject* get_direct(PyObject* self, void*) {
  CompiledGraph* graph = reinterpret_cast<BoxedCall*>(self)->graph;
  return make_direct_call(c10::intrusive_ptr<CompiledGraph>::reclaim_copy(graph));
}

PyGetSetDef kGetSet[] = {
    {"_boxed_call", get_boxed, nullptr, "AOTAutograd passes one list of arguments.", nullptr},
    {"direct", get_direct, nullptr,
     "The same graph, called with its arguments one by one; or None.", nullptr},
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
  with_torch_errors([&] {
    if (!PyList_CheckExact(list))
      HIDET_USER_ERROR(type, "a compiled graph takes one list of its arguments, not a {}",
                       Py_TYPE(list)->tp_name);
  });
  const auto count = static_cast<size_t>(PyList_GET_SIZE(list));
  PyObject* results = call_graph(graph, {PySequence_Fast_ITEMS(list), count}, times);
  if (results && PyList_SetSlice(list, 0, PyList_GET_SIZE(list), nullptr) != 0) {
    Py_DECREF(results);
    return nullptr;
  }
  return results;
}

}  // namespace hidet
