#include "pytorch/compile_call.h"

#include <pybind11/stl.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "pytorch/progress_bar.h"
#include "pytorch/report_dict.h"
#include "runtime/cache.h"

namespace py = pybind11;

namespace hidet {
namespace {

// Warnings of a compilation, shown when it is over and the interpreter's lock is held again.
struct PendingWarnings {
  std::mutex mutex;
  std::vector<std::string> messages;

  void add(const std::string& message) {
    std::lock_guard lock(mutex);
    messages.push_back(message);
  }
  void show() {
    std::vector<std::string> taken;
    {
      std::lock_guard lock(mutex);
      taken.swap(messages);
    }
    for (const std::string& message : taken)
      if (PyErr_WarnEx(PyExc_UserWarning, ("hidet: " + message).c_str(), 1) != 0)
        throw py::error_already_set();
  }
};

PendingWarnings& pending_warnings() {
  static PendingWarnings warnings;
  return warnings;
}

// One store a cache folder, for the life of the process.
KernelStore& kernel_store(const std::string& directory) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<KernelStore>> stores;
  std::lock_guard lock(mutex);
  auto& store = stores[directory];
  if (!store) {
    CacheOptions options;
    options.directory = directory;
    options.warn = [](const std::string& message) { pending_warnings().add(message); };
    store = std::make_unique<KernelStore>(std::make_shared<Cache>(options));
  }
  return *store;
}

// One for each cache folder: kernels in another one are no help.
GraphHistory& graph_history(const std::string& directory) {
  static std::mutex mutex;
  static std::map<std::string, GraphHistory> histories;
  std::lock_guard lock(mutex);
  return histories[directory];
}

Target target_of(const std::string& name, const std::string& isa) {
  if (name.starts_with("sm_")) return cuda_target(name);
  if (isa == "auto") return host_target();
  Target target = cpu_target("cpu-" + isa);
  HIDET_REQUIRE(runs_here(target), "this machine does not run code for isa='{}'", isa);
  return target;
}

// The plan's outputs are the tensors only; the FX graph's also have None and sizes.
void set_outputs(Plan& plan, const std::vector<PlanOutput>& wanted) {
  std::vector<PlanOutput> tensors = std::move(plan.outputs);
  size_t next = 0;
  plan.outputs = wanted;
  for (PlanOutput& output : plan.outputs)
    if (output.kind == PlanOutput::Kind::tensor) output = tensors.at(next++);
  HIDET_ASSERT(next == tensors.size(), "{} outputs of {}", next, tensors.size());
}

std::vector<PlanOutput> wanted_outputs(const py::list& results) {
  std::vector<PlanOutput> wanted;
  for (const py::handle result : results) {
    PlanOutput& output = wanted.emplace_back();
    if (result.is_none()) continue;
    const auto fields = result.cast<py::tuple>();
    if (fields[0].cast<std::string>() == "tensor") {
      output.kind = PlanOutput::Kind::tensor;
      continue;
    }
    output.kind = PlanOutput::Kind::size;
    output.size = py::isinstance<py::str>(fields[1])
                      ? SizeExpr::parse(fields[1].cast<std::string>())
                      : SizeExpr(fields[1].cast<int64_t>());
  }
  return wanted;
}

}  // namespace

CompileCall compile_call(const Graph& graph, const py::list& results, const py::dict& options) {
  const auto outputs = wanted_outputs(results);
  CompileSettings settings;
  settings.target =
      target_of(options["target"].cast<std::string>(), options["isa"].cast<std::string>());
  settings.cuda.nvrtc_directories = options["nvrtc_directories"].cast<std::vector<std::string>>();
  settings.cuda.emulate = options["execute"].cast<std::string>() == "emulate";
  settings.dump_directory = options["dump"].cast<std::string>();
  settings.round_like_eager = options["round_like_eager"].cast<bool>();
  settings.choices.params = options["params"].cast<std::string>();
  settings.choices.allow_tf32 = options["allow_tf32"].cast<bool>();
  settings.verify = kVerifyPasses || options["strict"].cast<bool>();
  settings.compile_jobs = options["compile_jobs"].cast<int>();
  auto directory = options["cache_dir"].cast<std::string>();
  if (directory.empty()) directory = default_cache_directory();
  settings.history = &graph_history(directory);
  const bool show_progress = options["progress"].cast<bool>();

  CompileReport report;
  std::optional<Result<CompiledPlan>> compiled;
  {
    const py::gil_scoped_release released;
    ProgressBar bar(show_progress);
    settings.progress = [&](int done, int total) { bar.update(done, total); };
    compiled = compile_graph(graph, settings, kernel_store(directory), &report);
  }
  pending_warnings().show();
  if (!*compiled) HIDET_USER_ERROR(runtime, "{}", compiled->reason());
  CompileCall call{std::move(**compiled), report_dict(report)};
  set_outputs(call.plan.plan, outputs);
  return call;
}

CompileCall aten_call(const Graph& graph, const py::list& results, const std::string& reason) {
  CompileCall call{{aten_plan(graph), {}}, {}};
  set_outputs(call.plan.plan, wanted_outputs(results));
  CompileReport report;
  for (const Node& node : graph.nodes) report.aten_calls.push_back({node.aten, node.name, reason});
  call.report = report_dict(report);
  return call;
}

}  // namespace hidet
