#include "runtime/executor.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "runtime/call_arguments.h"
#include "runtime/constants.h"
#include "runtime/cuda_stream.h"
#include "runtime/run_steps.h"

namespace hidet {

struct Executor::Implementation {
  Implementation(Plan plan, std::vector<LoadedKernel> loaded, Host& host)
      : host(host),
        kernels(std::move(loaded)),
        prepared(std::move(plan), kernels, host),
        frames(prepared, host),
        constants(prepared, host),
        loaded(
            !std::ranges::any_of(kernels, [](const LoadedKernel& k) { return bool(k.device); })) {}

  Host& host;
  std::vector<LoadedKernel> kernels;  // keeps their code in memory
  PreparedPlan prepared;
  FramePool frames;
  Constants constants;
  std::mutex load_mutex;
  std::atomic<bool> loaded{false};

  // All kernels, before the first of them is launched.
  void load_kernels() {
    const std::lock_guard lock(load_mutex);
    if (loaded.load(std::memory_order_relaxed)) return;
    if (prepared.device.kind == DeviceKind::cuda && CudaStream(prepared.device, host).capturing())
      HIDET_USER_ERROR(runtime, "{}", kCallBeforeCapture);
    for (size_t i = 0; i < kernels.size(); i++)
      if (kernels[i].device) kernels[i].device->load(prepared.plan.kernels[i], prepared.device);
    loaded.store(true, std::memory_order_release);
  }
};

namespace {

// A frame of the pool for one call; what it owns at the end is released.
class FrameLoan {
 public:
  explicit FrameLoan(FramePool& pool) : pool_(pool), frame_(pool.take()) {}
  ~FrameLoan() {
    frame_->release_all();
    pool_.give(std::move(frame_));
  }
  Frame& operator*() { return *frame_; }

 private:
  FramePool& pool_;
  std::unique_ptr<Frame> frame_;
};

void hand_out(const PreparedPlan& prepared, Frame& frame, Host& host,
              std::span<CallValue> results) {
  for (size_t i = 0; i < results.size(); i++) {
    const PlanOutput& output = prepared.plan.outputs[i];
    CallValue& result = results[i];
    result = CallValue();
    if (output.kind == PlanOutput::Kind::size) {
      result.kind = CallValue::Kind::integer;
      result.integer = frame.numbers[prepared.outputs[i]];
    } else if (output.kind == PlanOutput::Kind::tensor) {
      result.kind = CallValue::Kind::tensor;
      result.tensor = frame.values[output.value];
      if (!frame.give_away(output.value)) host.retain(result.tensor.handle);
    }
  }
}

}  // namespace

Executor::Executor(Plan plan, std::vector<LoadedKernel> kernels, Host& host)
    : implementation_(std::make_unique<Implementation>(std::move(plan), std::move(kernels), host)) {
}

Executor::~Executor() = default;

const Plan& Executor::plan() const {
  return implementation_->prepared.plan;
}

Device Executor::device() const {
  return implementation_->prepared.device;
}

void Executor::run(std::span<const CallValue> arguments, std::span<CallValue> results,
                   std::vector<StepTime>* times) {
  Implementation& own = *implementation_;
  HIDET_ASSERT(results.size() == plan().outputs.size(), "{} results, {} outputs", results.size(),
               plan().outputs.size());
  FrameLoan loan(own.frames);
  Frame& frame = *loan;
  read_symbols(own.prepared, arguments, frame, own.host);
  frame.set_symbols(frame.next_symbols);
  bind_inputs(own.prepared, arguments, frame);
  if (!own.loaded.load(std::memory_order_acquire)) own.load_kernels();
  frame.take_arena();
  own.constants.provide(arguments, frame);
  run_steps(own.prepared, own.prepared.body, frame, own.host, times);
  hand_out(own.prepared, frame, own.host, results);
}

void Executor::refresh() {
  implementation_->constants.refresh();
}

Executor::Memory Executor::memory() const {
  return {implementation_->constants.bytes(), implementation_->frames.arena_bytes()};
}

int64_t Executor::recipe_runs() const {
  return implementation_->constants.recipe_runs();
}

}  // namespace hidet
