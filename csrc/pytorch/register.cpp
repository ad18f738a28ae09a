// torch.classes.hidet.CompiledGraph and torch.ops.hidet.run.
#include <torch/custom_class.h>
#include <torch/library.h>

#include "pytorch/compiled_graph.h"

namespace hidet {
namespace {

using Graph = c10::intrusive_ptr<CompiledGraph>;
using State = std::tuple<at::Tensor, std::vector<at::Tensor>>;

std::vector<at::Tensor> run(const Graph& graph, at::TensorList tensors) {
  return graph->run(tensors.vec());
}

}  // namespace

TORCH_LIBRARY(hidet, m) {
  m.class_<CompiledGraph>("CompiledGraph")
      .def(torch::init<at::Tensor, std::vector<at::Tensor>>())
      .def("run",
           [](const Graph& graph, std::vector<at::Tensor> tensors) { return graph->run(tensors); })
      .def("artifact", [](const Graph& graph) { return graph->artifact(); })
      .def("signature", [](const Graph& graph) { return graph->signature(); })
      .def("__obj_flatten__",
           [](const Graph& graph) {
             return std::make_tuple(
                 std::make_tuple(std::string("artifact_bytes"), graph->artifact()),
                 std::make_tuple(std::string("constant_tensors"), graph->constants()),
                 std::make_tuple(std::string("signature_text"), graph->signature()));
           })
      .def_pickle(
          [](const Graph& graph) -> State { return {graph->artifact(), graph->constants()}; },
          [](State state) {
            return c10::make_intrusive<CompiledGraph>(std::get<0>(state), std::get<1>(state));
          });
  m.set_python_module("hidet_torch.fake");
  m.def("run(__torch__.torch.classes.hidet.CompiledGraph graph, Tensor[] inputs) -> Tensor[]",
        {at::Tag::pt2_compliant_tag});
}

TORCH_LIBRARY_IMPL(hidet, CompositeExplicitAutograd, m) {
  m.impl("run", run);
}

}  // namespace hidet
