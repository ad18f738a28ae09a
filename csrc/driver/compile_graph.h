// compile_graph: the way of a graph, from operators to a plan whose kernels are loaded.
#pragma once

#include <functional>

#include "driver/graph_history.h"
#include "driver/group_kernels.h"
#include "driver/load_cuda.h"
#include "driver/report.h"
#include "graph/graph.h"
#include "passes/run_passes.h"
#include "runtime/kernel_store.h"
#include "runtime/plan.h"
#include "target/target.h"

namespace hidet {

struct CompileSettings {
  Target target;
  std::string dump_directory;  // empty: no dump
  bool round_like_eager = false;
  KernelChoices choices;
  bool verify = kVerifyPasses;  // the program after every pass
  int compile_jobs = 0;         // compiler processes at once; 0: cores
  bool use_plan_cache = true;
  // For a CUDA target; `threads` and `progress` of it are not looked at.
  CudaSettings cuda;
  // A graph that is a case of one in it is compiled as that one; absent: each as it is.
  GraphHistory* history = nullptr;
  // Called while kernels compile, on the calling thread.
  std::function<void(int done, int total)> progress;
};

struct CompiledPlan {
  Plan plan;
  std::vector<LoadedKernel> kernels;  // parallel to plan.kernels
};

// Declines when there is no host compiler or it fails: the caller runs the graph by ATen.
// InternalError (a bug of ours) says what was going on, names the file in which the program before
// the pass, or the graph, is kept, and gives the command that replays it.
Result<CompiledPlan> compile_graph(const Graph& graph, const CompileSettings& settings,
                                   KernelStore& store, CompileReport* report = nullptr);

// A plan that calls ATen for every node. InternalError when a node of the graph is none.
Plan aten_plan(const Graph& graph);

}  // namespace hidet
