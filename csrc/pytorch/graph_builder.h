// PythonGraphBuilder: a graph in which every node is a call of ATen, filled from Python with plain
// values.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace hidet {

// (dtype name, sizes, strides, device); a size is an int or the text of a SizeExpr.
using PythonTensor = pybind11::tuple;

class PythonGraphBuilder {
 public:
  int symbol(const std::string& name, int64_t lower, std::optional<int64_t> upper,
             std::optional<int64_t> hint);
  // The next argument of the call.
  ValueId input(const std::string& name, const PythonTensor& tensor, bool weight);
  // The next argument is an integer: a symbol's value ("s0"), or not looked at.
  void integer(const std::optional<std::string>& symbol);
  // A call of an operator of ATen; arguments as hidet_torch/fx/arguments.py makes them. One id a
  // result, None where a result is no tensor.
  pybind11::list call(const std::string& name, const pybind11::list& arguments,
                      const pybind11::list& results, const std::string& node);
  void mutate(ValueId destination, ValueId source);
  void output(ValueId value) { graph_.outputs.push_back(value); }

  // Once it is filled. It is for the first CUDA device that a tensor is on, else for the CPU.
  const Graph& graph();

 private:
  ValueId add_value(const std::string& name, const PythonTensor& tensor);
  Graph graph_;
};

void define_graph_builder(pybind11::module_& m);

}  // namespace hidet
