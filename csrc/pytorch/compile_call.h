// Compilation as Python asks for it: options by name in, a report as plain values out.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "driver/compile_graph.h"

namespace hidet {

struct CompileCall {
  CompiledPlan plan;
  pybind11::dict report;
};

// `options`: all of hidet_torch/options.py. `results`: what each result of the FX graph is: None,
// ("tensor",) for the next output of the graph, or ("size", int or text). The interpreter's lock is
// held at entry and given up while compiling. UserError::runtime: there is no compiler, or it
// fails.
CompileCall compile_call(const Graph& graph, const pybind11::list& results,
                         const pybind11::dict& options);

// The same with every operator called by ATen, for the given reason.
CompileCall aten_call(const Graph& graph, const pybind11::list& results, const std::string& reason);

}  // namespace hidet
