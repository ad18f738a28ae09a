#include <atomic>
#include <cstdlib>

#include "runtime/run_steps.h"

namespace hidet {

namespace {

// Memory of a thread, kept for later launches.
class ThreadScratch {
 public:
  ~ThreadScratch() { std::free(memory_); }
  void* get(int64_t bytes) {
    if (bytes > size_) {
      std::free(memory_);
      size_ = (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
      memory_ = std::aligned_alloc(kArenaAlignment, static_cast<size_t>(size_));
      if (!memory_) size_ = 0;
      HIDET_ASSERT(memory_, "no memory for {} bytes of scratch", bytes);
    }
    return memory_;
  }

 private:
  void* memory_ = nullptr;
  int64_t size_ = 0;
};

struct LaunchContext {
  CpuKernel function;
  void* const* buffers;
  const int64_t* sizes;
  int64_t scratch_bytes;
  std::atomic<int32_t> status{0};
};

void run_tasks(int64_t begin, int64_t end, void* opaque) {
  static thread_local ThreadScratch scratch;
  auto& context = *static_cast<LaunchContext*>(opaque);
  int32_t status = 0;
  void* memory = context.scratch_bytes > 0 ? scratch.get(context.scratch_bytes) : nullptr;
  context.function(context.buffers, context.sizes, begin, end, memory, &status);
  if (status != 0) context.status.fetch_or(status, std::memory_order_relaxed);
}

}  // namespace

const PreparedVariant& choose_variant(const PreparedLaunch& launch, const Frame& frame) {
  for (size_t i = 0; i + 1 < launch.variants.size(); i++) {
    const PreparedVariant& variant = launch.variants[i];
    bool holds = frame.variant_holds[launch.first_variant + i];
    for (const PreparedVariant::Alignment& alignment : variant.alignments) {
      auto address =
          reinterpret_cast<uintptr_t>(frame.pointers[launch.first_pointer + alignment.buffer]);
      holds = holds && address % static_cast<uintptr_t>(alignment.bytes) == 0;
    }
    if (holds) return variant;
  }
  return launch.variants.back();
}

namespace {

int32_t run_on_device(const PreparedVariant& variant, const KernelRecord& record,
                      const LaunchStep& step, std::span<void* const> pointers,
                      std::span<const int64_t> sizes, Device device, const Frame& frame,
                      Host& host) {
  DeviceLaunch launch;
  for (int axis = 0; axis < 3; axis++) {
    launch.grid[axis] = frame.numbers[variant.grid[axis]];
    if (launch.grid[axis] <= 0) return 0;
  }
  std::vector<int64_t> bytes;
  for (const PlanValue value : step.buffers) bytes.push_back(frame.byte_span(value));
  launch.device = device;
  launch.threads = static_cast<int>(frame.numbers[variant.threads]);
  launch.shared_bytes = frame.numbers[variant.shared_bytes];
  launch.buffers = pointers;
  launch.buffer_bytes = bytes;
  launch.sizes = sizes;
  return variant.device->launch(record, launch, host);
}

[[noreturn]] void report(const LaunchStep& step, int status) {
  throw UserError(status & kIndexOutOfRange ? UserError::Kind::index : UserError::Kind::runtime,
                  step.status_message.empty() ? "index out of range" : step.status_message);
}

}  // namespace

void run_launch(const PreparedPlan& prepared, const PreparedLaunch& launch, Frame& frame,
                Host& host) {
  const LaunchStep& step = *launch.step;
  void** pointers = frame.pointers.data() + launch.first_pointer;
  for (size_t i = 0; i < step.buffers.size(); i++) pointers[i] = frame.values[step.buffers[i]].data;
  int64_t* sizes = frame.numbers.data() + launch.sizes.first;
  if (int64_t increment = frame.numbers[launch.random_increment]; increment > 0) {
    auto state = host.random_state((increment + 3) / 4 * 4, prepared.device);
    if (launch.seed >= 0) sizes[launch.seed] = state.seed;
    if (launch.offset >= 0) sizes[launch.offset] = state.offset;
  }
  const PreparedVariant& variant = choose_variant(launch, frame);
  if (variant.device) {
    const std::span<void* const> buffers(pointers, step.buffers.size());
    const std::span<const int64_t> values(sizes, static_cast<size_t>(launch.sizes.count));
    const KernelRecord& record = prepared.plan.kernels[variant.kernel];
    const int status =
        run_on_device(variant, record, step, buffers, values, prepared.device, frame, host);
    if (status != 0) report(step, status);
    return;
  }
  int64_t extent = frame.numbers[variant.extent];
  if (extent <= 0) return;
  int64_t grain = std::max<int64_t>(frame.numbers[variant.grain], 1);
  LaunchContext context{
      variant.function, pointers, sizes, frame.numbers[variant.scratch_bytes], {}};
  if (extent <= grain)
    run_tasks(0, extent, &context);
  else
    host.parallel_for(0, extent, grain, run_tasks, &context);
  if (!launch.has_status) return;
  const int status = context.status.load(std::memory_order_relaxed);
  if (status != 0) report(step, status);
}

}  // namespace hidet
