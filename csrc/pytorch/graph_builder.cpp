#include "pytorch/graph_builder.h"

#include <pybind11/stl.h>

#include <algorithm>

#include "base/error.h"

namespace py = pybind11;

namespace hidet {
namespace {

SizeExpr size_of(const py::handle& size) {
  if (py::isinstance<py::str>(size)) return SizeExpr::parse(size.cast<std::string>());
  return SizeExpr(size.cast<int64_t>());
}

std::vector<SizeExpr> sizes_of(const py::handle& sizes) {
  std::vector<SizeExpr> result;
  for (const py::handle size : sizes) result.push_back(size_of(size));
  return result;
}

Attribute attribute_of(const py::handle& value) {
  if (value.is_none()) return {};
  // bool is a subclass of int.
  if (py::isinstance<py::bool_>(value)) return {value.cast<bool>()};
  if (py::isinstance<py::int_>(value)) return {value.cast<int64_t>()};
  if (py::isinstance<py::float_>(value)) return {value.cast<double>()};
  if (py::isinstance<py::str>(value)) return {value.cast<std::string>()};
  if (py::isinstance<py::list>(value)) {
    AttributeList list;
    for (const py::handle element : value) list.push_back(attribute_of(element));
    return {std::move(list)};
  }
  const auto tagged = value.cast<std::pair<std::string, py::object>>();
  if (tagged.first == "tensor") return {TensorArgument{tagged.second.cast<ValueId>()}};
  if (tagged.first == "size") return {size_of(tagged.second)};
  return {OpaqueArgument{tagged.first, tagged.second.cast<std::string>()}};
}

void collect_tensors(const Attribute& attribute, std::vector<ValueId>& tensors) {
  if (const auto* tensor = std::get_if<TensorArgument>(&attribute.value))
    tensors.push_back(tensor->value);
  if (const auto* list = std::get_if<AttributeList>(&attribute.value))
    for (const Attribute& element : *list) collect_tensors(element, tensors);
}

}  // namespace

int PythonGraphBuilder::symbol(const std::string& name, int64_t lower, std::optional<int64_t> upper,
                               std::optional<int64_t> hint) {
  Symbol symbol{.name = name, .lower = lower};
  if (upper) symbol.upper = *upper;
  if (hint) symbol.hint = *hint;
  graph_.symbols.push_back(symbol);
  return static_cast<int>(graph_.symbols.size()) - 1;
}

ValueId PythonGraphBuilder::add_value(const std::string& name, const PythonTensor& tensor) {
  Value value;
  value.dtype = parse_dtype(tensor[0].cast<std::string>());
  value.shape = sizes_of(tensor[1]);
  value.border_strides = sizes_of(tensor[2]);
  value.name = name;
  const auto device_name = tensor[3].cast<std::string>();
  const std::optional<Device> device = find_device(device_name);
  HIDET_REQUIRE(device, "{} is on {}, of which hidet knows nothing", name, device_name);
  value.elsewhere = device;
  graph_.values.push_back(std::move(value));
  return static_cast<ValueId>(graph_.values.size()) - 1;
}

ValueId PythonGraphBuilder::input(const std::string& name, const PythonTensor& tensor,
                                  bool weight) {
  const ValueId value = add_value(name, tensor);
  graph_.values[value].weight = weight;
  graph_.inputs.push_back(value);
  graph_.arguments.push_back({.value = value});
  return value;
}

void PythonGraphBuilder::integer(const std::optional<std::string>& symbol) {
  Graph::Argument argument;
  if (symbol) argument.symbol = SizeExpr::parse(*symbol).symbol_index();
  graph_.arguments.push_back(argument);
}

py::list PythonGraphBuilder::call(const std::string& name, const py::list& arguments,
                                  const py::list& results, const std::string& node_name) {
  Node node{.op = Op::aten};
  node.aten = name;
  node.name = node_name;
  for (const py::handle argument : arguments) {
    node.aten_arguments.push_back(attribute_of(argument));
    collect_tensors(node.aten_arguments.back(), node.inputs);
  }
  py::list ids;
  const auto id = static_cast<NodeId>(graph_.nodes.size());
  for (const py::handle result : results) {
    if (result.is_none()) {
      node.outputs.push_back(-1);
      ids.append(py::none());
      continue;
    }
    const ValueId value = add_value(node_name, result.cast<py::tuple>());
    graph_.values[value].producer = id;
    graph_.values[value].output_index = static_cast<int>(node.outputs.size());
    node.outputs.push_back(value);
    ids.append(value);
  }
  graph_.nodes.push_back(std::move(node));
  return ids;
}

const Graph& PythonGraphBuilder::graph() {
  const auto on_gpu = std::ranges::find_if(graph_.values, [](const Value& value) {
    return value.elsewhere && value.elsewhere->kind == DeviceKind::cuda;
  });
  if (graph_.device == Device() && on_gpu != graph_.values.end())
    graph_.device = *on_gpu->elsewhere;
  for (Value& value : graph_.values)
    if (value.elsewhere == graph_.device) value.elsewhere.reset();
  return graph_;
}

void PythonGraphBuilder::mutate(ValueId destination, ValueId source) {
  graph_.mutations.emplace_back(destination, source);
}

void define_graph_builder(py::module_& m) {
  py::class_<PythonGraphBuilder>(m, "GraphBuilder")
      .def(py::init())
      .def("symbol", &PythonGraphBuilder::symbol)
      .def("input", &PythonGraphBuilder::input)
      .def("integer", &PythonGraphBuilder::integer)
      .def("call", &PythonGraphBuilder::call)
      .def("mutate", &PythonGraphBuilder::mutate)
      .def("output", &PythonGraphBuilder::output)
      .def("device", [](PythonGraphBuilder& builder) { return name_of(builder.graph().device); });
}

}  // namespace hidet
