// Constants: what the recipes of a plan made, kept between calls while the weights stay unchanged.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "runtime/constant_pool.h"
#include "runtime/cuda_stream.h"
#include "runtime/frame.h"
#include "runtime/weight_guard.h"

namespace hidet {

// For a user whose first call, or first call after a change of a weight, is being captured.
constexpr const char* kCallBeforeCapture =
    "a compiled graph of hidet has to be called once before a call of it is captured for a CUDA "
    "graph, and again after a change of its weights: its kernels have to be loaded and its weights "
    "prepared";

class OwnedTensor {
 public:
  OwnedTensor(const TensorRef& tensor, Host& host) : tensor(tensor), host_(host) {}
  ~OwnedTensor() { host_.release(tensor.handle); }
  OwnedTensor(const OwnedTensor&) = delete;
  const TensorRef tensor;

 private:
  Host& host_;
};

// Not changed any more once a call has it. Parallel to the values of kind constant; null for those
// that each call makes for itself.
struct ConstantSet {
  std::vector<std::shared_ptr<const OwnedTensor>> tensors;
};

class Constants {
 public:
  Constants(const PreparedPlan& prepared, Host& host);

  // Puts all constants into the frame, whose symbols are set and whose inputs are bound: makes anew
  // what depends on a weight that has changed, and once for all what has not been made yet. What
  // depends on a weight that changed in two successive calls is made in each call from then on.
  void provide(std::span<const CallValue> call, Frame& frame);
  void refresh();
  size_t bytes() const;
  int64_t recipe_runs() const;

 private:
  bool is_volatile(size_t recipe) const;
  bool depends_on_changed(size_t recipe) const;
  std::unique_ptr<ConstantPool> make_pool(const Frame& frame) const;
  // The results are owned by the frame; their memory is the pool's, where there is one.
  void run_recipe(size_t recipe, Frame& frame, ConstantPool* pool);
  std::optional<CudaStream> stream_of_device() const;
  void update(std::span<const CallValue> call, Frame& frame);

  const PreparedPlan& prepared_;
  Host& host_;
  std::vector<PlanValue> values_;              // of kind constant
  std::vector<int32_t> place_;                 // by value: index into values_
  std::vector<std::vector<int32_t>> sources_;  // of each recipe, indices of the guard's weights
  mutable std::mutex mutex_;
  // Under the mutex:
  WeightGuard guard_;
  std::vector<uint8_t> changed_, changed_before_, volatile_;  // by weight
  std::shared_ptr<const ConstantSet> current_;                // null: make all
  int64_t recipe_runs_ = 0;
};

}  // namespace hidet
