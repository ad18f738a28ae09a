#include "graph/rename_symbols.h"

namespace hidet {

namespace {

void rename(std::vector<SizeExpr>& sizes, const std::vector<SizeExpr>& names) {
  for (SizeExpr& size : sizes) size = size.substitute(names);
}

void rename(Attribute& attribute, const std::vector<SizeExpr>& names) {
  if (auto* size = std::get_if<SizeExpr>(&attribute.value)) *size = size->substitute(names);
  if (auto* list = std::get_if<AttributeList>(&attribute.value))
    for (Attribute& item : *list) rename(item, names);
}

}  // namespace

Graph rename_symbols(Graph graph, const std::vector<SizeExpr>& names) {
  for (Value& value : graph.values) {
    rename(value.shape, names);
    if (value.border_strides) rename(*value.border_strides, names);
  }
  for (Node& node : graph.nodes) {
    for (Attribute& argument : node.aten_arguments) rename(argument, names);
    for (auto& [_, attribute] : node.attributes) rename(attribute, names);
  }
  return graph;
}

}  // namespace hidet
