// hidet_torch._C: what Python needs of the compiler.
#include <torch/csrc/jit/python/pybind_utils.h>

#include <chrono>

#include "base/error.h"
#include "driver/group_kernels.h"
#include "driver/replay.h"
#include "graph/expand_operators.h"
#include "mapping/draw.h"
#include "mapping/text.h"
#include "pytorch/boxed_call.h"
#include "pytorch/compile_call.h"
#include "pytorch/compiled_graph.h"
#include "pytorch/emulation_session.h"
#include "pytorch/graph_builder.h"
#include "pytorch/list_prelude_cases.h"
#include "pytorch/torch_host.h"
#include "runtime/machine_rates.h"
#include "runtime/nvrtc.h"

namespace py = pybind11;
using namespace py::literals;

namespace hidet {
namespace {

py::object wrap(c10::intrusive_ptr<CompiledGraph> graph) {
  const py::object script_object = torch::jit::toPyObject(c10::IValue(graph));
  return py::reinterpret_steal<py::object>(make_boxed_call(std::move(graph), script_object.ptr()));
}

// (callable, report).
py::tuple finish(CompileCall call, std::vector<at::Tensor> constants) {
  return py::make_tuple(
      wrap(c10::make_intrusive<CompiledGraph>(std::move(call.plan.plan),
                                              std::move(call.plan.kernels), std::move(constants))),
      call.report);
}

py::tuple compile(PythonGraphBuilder& builder, std::vector<at::Tensor> constants,
                  const py::list& results, const py::dict& options) {
  return finish(compile_call(builder.graph(), results, options), std::move(constants));
}

py::tuple compile_aten(PythonGraphBuilder& builder, std::vector<at::Tensor> constants,
                       const py::list& results, const std::string& reason) {
  return finish(aten_call(builder.graph(), results, reason), std::move(constants));
}

// The errors of the core as Python's.
void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const UserError& error) {
    PyObject* kinds[] = {PyExc_ValueError, PyExc_TypeError, PyExc_IndexError, PyExc_RuntimeError};
    py::set_error(kinds[static_cast<int>(error.kind)], error.what());
  } catch (const InternalError& error) {
    py::set_error(PyExc_RuntimeError, hidet::format("a bug in hidet: {}", error.what()).c_str());
  }
}

// (results, [a dict for each launch and ATen call]).
py::tuple timed(const py::object& compiled, const py::list& arguments) {
  CompiledGraph* graph = graph_of_boxed_call(compiled.ptr());
  if (!graph) throw py::error_already_set();
  std::vector<StepTime> times;
  auto results = py::reinterpret_steal<py::object>(run_boxed_call(*graph, arguments.ptr(), &times));
  py::list listed;
  for (const StepTime& time : times)
    listed.append(py::dict("label"_a = time.label, "name"_a = time.name,
                           "generated"_a = time.generated, "seconds"_a = time.seconds,
                           "key"_a = time.key, "multiply_adds"_a = time.multiply_adds,
                           "bytes"_a = time.bytes));
  return py::make_tuple(results, listed);
}

// (fp32 multiply-adds a second, bytes read and written a second) at most, of all threads.
py::tuple machine_rates() {
  const MachineRates rates = measure_machine(torch_host());
  return py::make_tuple(rates.multiply_adds, rates.bytes);
}

std::string cuda_target_name(int major, int minor) {
  const Result<std::string> name = cuda_target_of_capability(major, minor);
  if (!name) HIDET_USER_ERROR(runtime, "{}", name.reason());
  return *name;
}

// The binary of CUDA C++.
py::bytes cuda_binary(const std::string& text, const std::string& target,
                      const std::vector<std::string>& nvrtc_directories) {
  const Result<CudaBinary> binary = compile_cuda(text, target, nvrtc_directories);
  if (!binary) HIDET_USER_ERROR(runtime, "{}", binary.reason());
  return binary->cubin;
}

// Of "fp32", on scalar units; of "tf32", "bf16" and "fp16", on tensor cores.
std::vector<std::string> matmul_params(const std::string& precision) {
  if (precision == "fp32") return scalar_matmul_params();
  if (precision == "tf32") return tensor_core_matmul_params(DType::f32);
  if (precision == "bf16") return tensor_core_matmul_params(DType::bf16);
  if (precision == "fp16") return tensor_core_matmul_params(DType::f16);
  HIDET_USER_ERROR(value, "no matmul of precision '{}': fp32, tf32, bf16 and fp16 are known",
                   precision);
}

// (text, seconds to compile it, or None).
py::tuple replay_kernel(const std::string& text, bool compile) {
  const KernelSource source = replay(text, {.after = nullptr, .verify = true});
  if (!compile) return py::make_tuple(source.text, py::none());
  const auto start = std::chrono::steady_clock::now();
  compile_alone(source);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return py::make_tuple(source.text, elapsed.count());
}

}  // namespace
}  // namespace hidet

PYBIND11_MODULE(_C, m) {
  hidet::define_graph_builder(m);
  hidet::define_emulation_session(m);
  py::register_local_exception_translator(&hidet::translate);
  m.def("compile", &hidet::compile);
  m.def("compile_aten", &hidet::compile_aten);
  m.def("operator_names", &hidet::expanded_operators);
  m.def("timed", &hidet::timed);
  m.def("machine_rates", &hidet::machine_rates);
  m.def("compile_cuda", &hidet::cuda_binary);
  m.def("matmul_params", &hidet::matmul_params);
  m.def("cuda_target_name", &hidet::cuda_target_name);
  m.def("prelude_cases", &hidet::list_prelude_cases);
  m.def("encode_case_map", &hidet::encode_case_map);
  m.def("draw_mapping",
        [](const std::string& text) { return hidet::draw_svg(hidet::parse_task_mapping(text)); });
  m.def("mapping_table", [](const std::string& text) {
    return hidet::worker_table(hidet::parse_task_mapping(text));
  });
  m.def("replay_kernel", &hidet::replay_kernel);
  m.def("replay_graph", [](const std::string& text, const std::string& isa) {
    hidet::CompileSettings settings;
    settings.target = hidet::cpu_target("cpu-" + isa);
    settings.verify = true;
    return hidet::replay_graph(text, settings);
  });
  m.def("break_pass_for_test", &hidet::break_pass_for_test);
  m.def("refresh", &hidet::refresh_weights);
}
