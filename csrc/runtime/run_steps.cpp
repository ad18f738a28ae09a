#include "runtime/run_steps.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>

#include "runtime/cuda_stream.h"

namespace hidet {

namespace {

class Runner {
 public:
  Runner(const PreparedPlan& prepared, Frame& frame, Host& host)
      : prepared_(prepared), frame_(frame), host_(host) {}

  void run(const PreparedStep& step) {
    switch (step.kind) {
      case PreparedStep::Kind::launch:
        return run_launch(prepared_, prepared_.launches[step.index], frame_, host_);
      case PreparedStep::Kind::call_operator:
        return call(prepared_.operators[step.index]);
      case PreparedStep::Kind::view:
        return view(prepared_.views[step.index]);
      case PreparedStep::Kind::copy:
        return copy(step.value, step.source);
      case PreparedStep::Kind::fill:
        return fill(step.value);
      case PreparedStep::Kind::allocate:
        frame_.own(step.value, empty(step.value));
        return mark_unwritten(step.value);
      case PreparedStep::Kind::release:
        return frame_.release(step.value);
    }
  }

  // Memory of emulated kernels; that of a GPU is not reached from here.
  void mark_unwritten(PlanValue value) {
    if (prepared_.unwritten_word == 0 || frame_.values[value].device.kind != DeviceKind::cpu) return;
    auto* words = static_cast<char*>(frame_.values[value].data);
    const int64_t bytes = frame_.byte_span(value);
    for (int64_t at = 0; at + 4 <= bytes; at += 4)
      std::memcpy(words + at, &prepared_.unwritten_word, 4);
  }

 private:
  void fill(PlanValue value) {
    const auto bytes = static_cast<size_t>(frame_.byte_span(value));
    const TensorRef& tensor = frame_.values[value];
    if (bytes == 0) return;
    if (tensor.device.kind == DeviceKind::cuda)
      return CudaStream(tensor.device, host_).zero(tensor.data, bytes);
    std::memset(tensor.data, 0, bytes);
  }

  TensorRef empty(PlanValue value) {
    const PlanBuffer& buffer = prepared_.plan.values[value];
    return host_.empty(frame_.sizes(value), frame_.strides(value), buffer.dtype, buffer.device);
  }

  static bool is_small(DType dtype) { return dtype != DType::opaque && bytes_of(dtype) <= 8; }

  void copy(PlanValue destination, PlanValue source) {
    const TensorRef &to = frame_.values[destination], &from = frame_.values[source];
    auto dense = [&](PlanValue value) {
      int64_t elements = 1;
      for (int64_t size : frame_.sizes(value)) elements *= size;
      return frame_.byte_span(value) == elements * bytes_of(prepared_.plan.values[value].dtype);
    };
    // How large an element of an opaque type is, the host alone knows.
    bool plain = to.dtype == from.dtype && to.dtype != DType::opaque && to.device == from.device &&
                 std::ranges::equal(frame_.sizes(destination), frame_.sizes(source)) &&
                 std::ranges::equal(frame_.strides(destination), frame_.strides(source)) &&
                 dense(destination);
    const bool number = to.rank == 0 && from.rank == 0 && to.dtype == from.dtype &&
                        to.device.kind == DeviceKind::cuda && from.device.kind == DeviceKind::cpu &&
                        is_small(to.dtype);
    if (number) return CudaStream(to.device, host_).set(to.data, from.data, bytes_of(to.dtype));
    if (!plain) return host_.copy(to, from);
    const auto bytes = static_cast<size_t>(frame_.byte_span(destination));
    if (bytes == 0 || to.data == from.data) return;
    if (to.device.kind == DeviceKind::cuda)
      return CudaStream(to.device, host_).copy(to.data, from.data, bytes);
    std::memmove(to.data, from.data, bytes);
  }

  void view(const PreparedView& view) {
    const PlanBuffer& buffer = prepared_.plan.values[view.view];
    const TensorRef& root = frame_.values[view.root];
    int64_t bytes = 0;
    for (const auto& offset : view.offsets)
      bytes += frame_.numbers[offset.number] * offset.element_bytes;
    if (!prepared_.buffers[view.view].has_handle) {
      frame_.values[view.view].data = root.data ? static_cast<char*>(root.data) + bytes : nullptr;
      return;
    }
    int element_bytes = bytes_of(buffer.dtype);
    HIDET_ASSERT(bytes % element_bytes == 0, "{} starts inside of an element", buffer.name);
    frame_.own(view.view, host_.view(root, frame_.sizes(view.view), frame_.strides(view.view),
                                     bytes / element_bytes, buffer.dtype));
  }

  void call(const PreparedOperator& op) {
    auto results = std::span(frame_.results).first(op.step->results.size());
    std::ranges::fill(results, TensorRef());
    host_.call_operator(op.handle, frame_.operator_arguments[op.index], results);
    // All are owned before anything is checked, so that a failure leaks none.
    for (size_t i = 0; i < results.size(); i++) {
      PlanValue value = op.step->results[i];
      if (value >= 0 && results[i].handle)
        frame_.own(value, results[i]);
      else if (results[i].handle)
        host_.release(results[i].handle);
    }
    for (size_t i = 0; i < results.size(); i++)
      if (op.step->results[i] >= 0) accept(op, i, op.step->results[i], results[i]);
  }

  // The plan was made for these sizes and strides.
  void accept(const PreparedOperator& op, size_t index, PlanValue value, const TensorRef& result) {
    const PlanBuffer& buffer = prepared_.plan.values[value];
    auto sizes = frame_.sizes(value), strides = frame_.strides(value);
    HIDET_ASSERT(result.handle, "result {} of {} is undefined", index, op.step->name);
    HIDET_ASSERT(result.dtype == buffer.dtype && result.device == buffer.device &&
                     result.rank == static_cast<int32_t>(sizes.size()) &&
                     std::equal(sizes.begin(), sizes.end(), result.sizes),
                 "result {} of {} is not as it was when compiling", index, op.step->name);
    bool same = true;
    for (size_t i = 0; i < sizes.size(); i++)
      same = same && (sizes[i] <= 1 || strides[i] == result.strides[i]);
    if (same || std::ranges::count(sizes, 0) > 0) return;
    TensorRef laid_out = empty(value);
    try {
      host_.copy(laid_out, result);
    } catch (...) {
      host_.release(laid_out.handle);
      throw;
    }
    frame_.release(value);
    frame_.own(value, laid_out);
  }

  const PreparedPlan& prepared_;
  Frame& frame_;
  Host& host_;
};

// Of a table of which a few rows are picked, no more is counted than the largest result holds.
int64_t operand_bytes(const Plan& plan, const LaunchStep& step, const Frame& frame) {
  const KernelRecord& kernel = plan.kernels[step.variants[0]];
  std::vector<int64_t> elements;
  int64_t largest_result = 0;
  for (PlanValue value : step.buffers) {
    auto sizes = frame.sizes(value);
    elements.push_back(
        std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<int64_t>()));
  }
  size_t buffer = 0;
  for (const KernelArgument& argument : kernel.arguments) {
    if (argument.kind != KernelArgument::Kind::buffer) continue;
    if (argument.written) largest_result = std::max(largest_result, elements[buffer]);
    buffer++;
  }
  const bool picks = kernel.has_status;
  int64_t bytes = 0;
  buffer = 0;
  for (const KernelArgument& argument : kernel.arguments) {
    if (argument.kind != KernelArgument::Kind::buffer) continue;
    int64_t touched = elements[buffer++];
    if (picks) touched = std::min(touched, largest_result);
    bytes += touched * bytes_of(argument.dtype);
  }
  return bytes;
}

}  // namespace

void run_steps(const PreparedPlan& prepared, const PreparedSteps& steps, Frame& frame, Host& host,
               std::vector<StepTime>* times) {
  using Clock = std::chrono::steady_clock;
  Runner runner(prepared, frame, host);
  for (PlanValue value : steps.temporaries) runner.mark_unwritten(value);
  // With a clock around it a step is waited for.
  std::optional<CudaStream> stream;
  if (times && prepared.device.kind == DeviceKind::cuda) stream.emplace(prepared.device, host);
  if (stream) stream->synchronize_device();
  for (const PreparedStep& step : steps.steps) {
    bool launch = step.kind == PreparedStep::Kind::launch;
    if (!times || !(launch || step.kind == PreparedStep::Kind::call_operator)) {
      runner.run(step);
      continue;
    }
    auto start = Clock::now();
    runner.run(step);
    if (stream) stream->synchronize_device();
    double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (launch) {
      const PreparedLaunch& made = prepared.launches[step.index];
      const KernelRecord& kernel = prepared.plan.kernels[choose_variant(made, frame).kernel];
      times->push_back({made.step->label, kernel.symbol, true, seconds, kernel.key,
                        made.step->multiply_adds.evaluate(frame.symbols()),
                        operand_bytes(prepared.plan, *made.step, frame)});
    } else {
      const OperatorStep& made = *prepared.operators[step.index].step;
      times->push_back({made.label, made.name, false, seconds, "", 0, 0});
    }
  }
  for (PlanValue value : steps.written_inputs)
    if (void* handle = frame.values[value].handle) host.mark_written(handle);
}

}  // namespace hidet
