#include "pytorch/report_dict.h"

#include <pybind11/stl.h>

namespace py = pybind11;
using namespace pybind11::literals;

namespace hidet {

namespace {

// Empty for a kernel of another target.
py::dict cuda_use(const CompileReport::CudaUse& use) {
  if (use.registers == 0) return {};
  return py::dict("registers"_a = use.registers, "spill_bytes"_a = use.spill_bytes,
                  "stack_bytes"_a = use.stack_bytes, "threads"_a = use.threads,
                  "shared_bytes"_a = use.shared_bytes, "blocks"_a = use.blocks,
                  "occupancy"_a = use.occupancy, "limit"_a = use.limit,
                  "predicted_seconds"_a = use.predicted_seconds, "advisories"_a = use.advisories);
}

}  // namespace

py::dict report_dict(const CompileReport& report) {
  py::list kernels, groups, declines, calls, times;
  for (const CompileReport::Kernel& kernel : report.kernels)
    kernels.append(py::dict("symbol"_a = kernel.symbol, "template"_a = kernel.template_name,
                            "params"_a = kernel.params, "reason"_a = kernel.reason,
                            "launches"_a = kernel.launches,
                            "constant_runs"_a = kernel.constant_runs, "key"_a = kernel.key,
                            "cuda"_a = cuda_use(kernel.cuda)));
  for (const CompileReport::Group& group : report.groups)
    groups.append(py::dict("kind"_a = group.kind, "nodes"_a = group.nodes,
                           "outputs"_a = group.outputs, "constant"_a = group.constant,
                           "kernel"_a = group.kernel));
  for (const CompileReport::Decline& decline : report.declines)
    declines.append(
        py::dict("node"_a = decline.node, "with"_a = decline.with, "reason"_a = decline.reason));
  for (const CompileReport::AtenCall& call : report.aten_calls)
    calls.append(py::dict("name"_a = call.name, "node"_a = call.node, "reason"_a = call.reason));
  for (const CompileReport::Time& time : report.times)
    times.append(py::dict("step"_a = time.step, "seconds"_a = time.seconds));
  return py::dict("kernels"_a = kernels, "groups"_a = groups, "declines"_a = declines,
                  "aten_calls"_a = calls, "times"_a = times,
                  "compiled_kernels"_a = report.compiled_kernels,
                  "from_cache"_a = report.from_cache);
}

}  // namespace hidet
