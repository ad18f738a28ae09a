#include "runtime/constants.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "runtime/cuda_stream.h"
#include "runtime/run_steps.h"

namespace hidet {

namespace {

std::vector<int32_t> weights_of(const Plan& plan) {
  std::set<int32_t> weights;
  for (const Recipe& recipe : plan.recipes)
    weights.insert(recipe.sources.begin(), recipe.sources.end());
  return {weights.begin(), weights.end()};
}

}  // namespace

Constants::Constants(const PreparedPlan& prepared, Host& host)
    : prepared_(prepared), host_(host), guard_(weights_of(prepared.plan)) {
  const Plan& plan = prepared.plan;
  place_.assign(plan.values.size(), -1);
  for (size_t i = 0; i < plan.values.size(); i++)
    if (plan.values[i].kind == PlanBuffer::Kind::constant) {
      place_[i] = static_cast<int32_t>(values_.size());
      values_.push_back(static_cast<PlanValue>(i));
    }
  const auto& weights = guard_.arguments();
  for (const Recipe& recipe : plan.recipes) {
    auto& sources = sources_.emplace_back();
    for (int32_t argument : recipe.sources)
      sources.push_back(static_cast<int32_t>(
          std::lower_bound(weights.begin(), weights.end(), argument) - weights.begin()));
  }
  changed_.resize(weights.size());
  changed_before_.resize(weights.size());
  volatile_.resize(weights.size());
}

bool Constants::is_volatile(size_t recipe) const {
  return std::ranges::any_of(sources_[recipe], [&](int32_t i) { return volatile_[i] != 0; });
}

bool Constants::depends_on_changed(size_t recipe) const {
  return std::ranges::any_of(sources_[recipe], [&](int32_t i) { return changed_[i] != 0; });
}

// Large enough for all constants; what is made later, one by one, has memory of its own.
std::unique_ptr<ConstantPool> Constants::make_pool(const Frame& frame) const {
  constexpr size_t kLeast = size_t{1} << 20;
  size_t bytes = 0;
  for (PlanValue value : values_) {
    const PlanBuffer& buffer = prepared_.plan.values[value];
    if (buffer.device.kind == DeviceKind::cpu)
      bytes +=
          ConstantPool::bytes_of_tensor(frame.sizes(value), frame.strides(value), buffer.dtype);
  }
  if (bytes < kLeast) return nullptr;
  auto pool = std::make_unique<ConstantPool>(host_);
  pool->reserve(bytes);
  return pool;
}

void Constants::run_recipe(size_t index, Frame& frame, ConstantPool* pool) {
  const Recipe& recipe = prepared_.plan.recipes[index];
  for (PlanValue value : recipe.results) {
    const PlanBuffer& buffer = prepared_.plan.values[value];
    std::optional<TensorRef> pooled;
    if (pool && buffer.device.kind == DeviceKind::cpu)
      pooled = pool->take(frame.sizes(value), frame.strides(value), buffer.dtype);
    frame.own(value, pooled ? *pooled
                            : host_.empty(frame.sizes(value), frame.strides(value), buffer.dtype,
                                          buffer.device));
  }
  if (!recipe.literal.empty()) {
    const TensorRef& tensor = frame.values[recipe.results[0]];
    if (tensor.device.kind == DeviceKind::cuda)
      CudaStream(tensor.device, host_)
          .copy(tensor.data, recipe.literal.data(), recipe.literal.size());
    else
      std::memcpy(tensor.data, recipe.literal.data(), recipe.literal.size());
  }
  const PreparedSteps& steps = prepared_.recipes[index];
  ArenaLayout layout = plan_arena(steps.events, frame.temporary_sizes(steps));
  const Device device = prepared_.device;
  auto release = [&](void* memory) {
    if (memory) host_.deallocate(memory, static_cast<size_t>(layout.bytes), device);
  };
  std::unique_ptr<void, decltype(release)> arena(
      layout.bytes > 0 ? host_.allocate(static_cast<size_t>(layout.bytes), device) : nullptr,
      release);
  frame.place_temporaries(steps, layout, arena.get());
  run_steps(prepared_, steps, frame, host_, nullptr);
}

std::optional<CudaStream> Constants::stream_of_device() const {
  if (prepared_.device.kind != DeviceKind::cuda) return std::nullopt;
  return CudaStream(prepared_.device, host_);
}

// Makes what is missing or out of date. Nothing is recorded when a recipe fails.
void Constants::update(std::span<const CallValue> call, Frame& frame) {
  const std::optional<CudaStream> stream = stream_of_device();
  if (stream && stream->capturing()) HIDET_USER_ERROR(runtime, "{}", kCallBeforeCapture);
  auto next = std::make_shared<ConstantSet>();
  next->tensors.resize(values_.size());
  const auto pool = current_ ? nullptr : make_pool(frame);
  for (size_t i = 0; i < sources_.size(); i++) {
    if (is_volatile(i)) continue;
    bool stale = !current_ || depends_on_changed(i);
    if (stale) {
      run_recipe(i, frame, pool.get());
      recipe_runs_++;
    }
    for (PlanValue value : prepared_.plan.recipes[i].results) {
      auto& place = next->tensors[place_[value]];
      if (!stale) {
        place = current_->tensors[place_[value]];
      } else {
        place = std::make_shared<OwnedTensor>(frame.values[value], host_);
        frame.give_away(value);
      }
    }
  }
  for (size_t i = 0; i < changed_.size(); i++)
    if (!current_ || changed_[i]) guard_.record(call, i);
  // Calls on other streams read the new ones at once, and may still be reading the old ones.
  if (stream) stream->synchronize_device();
  current_ = next;
}

void Constants::provide(std::span<const CallValue> call, Frame& frame) {
  if (values_.empty()) return;
  std::vector<size_t> in_each_call;
  {
    std::lock_guard lock(mutex_);
    bool changed = false;
    if (current_) {
      changed = guard_.compare(call, volatile_, changed_);
      for (size_t i = 0; i < changed_.size(); i++)
        if (changed_[i] && changed_before_[i]) volatile_[i] = true;
      changed_before_.swap(changed_);
      if (changed) changed_ = changed_before_;
    }
    if (!current_ || changed) {
      // Recipes read earlier constants from the frame.
      if (current_)
        for (size_t i = 0; i < values_.size(); i++)
          if (current_->tensors[i]) frame.values[values_[i]] = current_->tensors[i]->tensor;
      frame.constants = nullptr;
      try {
        update(call, frame);
      } catch (...) {
        // The next call finds the same change, which is not another one.
        std::ranges::fill(changed_before_, 0);
        throw;
      }
    }
    if (frame.constants != current_) {
      for (size_t i = 0; i < values_.size(); i++)
        if (current_->tensors[i]) frame.values[values_[i]] = current_->tensors[i]->tensor;
      frame.constants = current_;
    }
    for (size_t i = 0; i < sources_.size(); i++)
      if (is_volatile(i)) in_each_call.push_back(i);
    recipe_runs_ += static_cast<int64_t>(in_each_call.size());
  }
  for (size_t recipe : in_each_call) run_recipe(recipe, frame, nullptr);
}

void Constants::refresh() {
  std::lock_guard lock(mutex_);
  current_ = nullptr;
  std::ranges::fill(changed_, 0);
  std::ranges::fill(changed_before_, 0);
  std::ranges::fill(volatile_, 0);
}

size_t Constants::bytes() const {
  std::lock_guard lock(mutex_);
  size_t bytes = 0;
  if (!current_) return 0;
  for (const auto& owned : current_->tensors) {
    if (!owned) continue;
    size_t elements = 1;
    for (int axis = 0; axis < owned->tensor.rank; axis++)
      elements *= static_cast<size_t>(owned->tensor.sizes[axis]);
    bytes += elements * static_cast<size_t>(bytes_of(owned->tensor.dtype));
  }
  return bytes;
}

int64_t Constants::recipe_runs() const {
  std::lock_guard lock(mutex_);
  return recipe_runs_;
}

}  // namespace hidet
