#include "pytorch/direct_call.h"

#include <c10/core/GradMode.h>
#include <structmember.h>  // T_PYSSIZET and READONLY before Python 3.12
#include <torch/csrc/Exceptions.h>

#include <algorithm>
#include <variant>

#include "pytorch/graph_call.h"

namespace hidet {
namespace {

struct DirectCall {
  PyObject_HEAD;
  vectorcallfunc call;
  CompiledGraph* graph;  // one reference
};

bool calls_operators(const std::vector<Step>& steps) {
  return std::ranges::any_of(
      steps, [](const Step& step) { return std::holds_alternative<OperatorStep>(step); });
}

bool calls_operators(const Plan& plan) {
  return calls_operators(plan.steps) || std::ranges::any_of(plan.recipes, [](const Recipe& recipe) {
           return calls_operators(recipe.steps);
         });
}

PyObject* direct_call(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* names) {
  HANDLE_TH_ERRORS
  if (names && PyTuple_GET_SIZE(names) != 0)
    throw c10::TypeError({__func__, __FILE__, __LINE__},
                         "a compiled graph has no keyword arguments");
  const c10::AutoGradMode off(false);  // copies of PyTorch's: nothing is recorded
  const auto count = static_cast<size_t>(PyVectorcall_NARGS(flags));
  return call_graph(*reinterpret_cast<DirectCall*>(self)->graph, {arguments, count}, nullptr);
  END_HANDLE_TH_ERRORS
}

void deallocate_direct_call(PyObject* self) {
  c10::raw::intrusive_ptr::decref(reinterpret_cast<DirectCall*>(self)->graph);
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyMemberDef kDirectCallMembers[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(DirectCall, call), READONLY, nullptr}, {}};
PyType_Slot kDirectCallSlots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(deallocate_direct_call)},
                                  {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                                  {Py_tp_members, kDirectCallMembers},
                                  {0, nullptr}};
PyType_Spec kDirectCallSpec = {"hidet_torch._C.DirectCall", sizeof(DirectCall), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL, kDirectCallSlots};

}  // namespace

PyObject* make_direct_call(c10::intrusive_ptr<CompiledGraph> graph) {
  if (calls_operators(graph->plan())) Py_RETURN_NONE;
  static auto* type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&kDirectCallSpec));
  auto* object = type ? PyObject_New(DirectCall, type) : nullptr;
  if (!object) return nullptr;
  object->call = direct_call;
  object->graph = graph.release();
  return reinterpret_cast<PyObject*>(object);
}

}  // namespace hidet
