// Frame: the state of one call. Kept for later calls, so that a call takes no memory of its own.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "runtime/prepared_plan.h"

namespace hidet {

struct ConstantSet;

class Frame {
 public:
  Frame(const PreparedPlan& prepared, Host& host);
  ~Frame();
  Frame(const Frame&) = delete;

  // Brings `numbers` and all that hangs on them up to date, and what the arena has to hold.
  void set_symbols(std::span<const int64_t> symbols);

  // Bytes from the first to the last element of a value whose strides are not negative; 0 without
  // elements.
  int64_t byte_span(PlanValue value) const;
  std::span<const int64_t> sizes(PlanValue value) const {
    return of(prepared_.buffers[value].sizes);
  }
  std::span<const int64_t> strides(PlanValue value) const {
    return of(prepared_.buffers[value].strides);
  }
  std::span<const int64_t> symbols() const { return symbols_; }
  std::vector<int64_t> temporary_sizes(const PreparedSteps& steps) const;
  void place_temporaries(const PreparedSteps& steps, const ArenaLayout& layout, void* memory);
  size_t arena_bytes() const { return arena_bytes_; }
  // Memory for the temporaries of the call's steps. On the CPU it is kept for later calls. On a GPU
  // it is the call's: what the next one, or another stream, may have of it is what the host's
  // allocator knows, and a call that is captured for a CUDA graph needs memory of its own.
  void take_arena();

  // A handle that is released at the end of the call.
  void own(PlanValue value, const TensorRef& tensor);
  void release(PlanValue value);
  // All that is owned, and the arena where it is the call's.
  void release_all();
  // Gives up the handle to the caller; false: it was not owned.
  bool give_away(PlanValue value);

  std::vector<int64_t> numbers;                                   // of PreparedPlan::numbers
  std::vector<TensorRef> values;                                  // of Plan::values
  std::vector<uint8_t> variant_holds;                             // as far as sizes decide
  std::vector<void*> pointers;                                    // of the launches' buffers
  std::vector<std::vector<OperatorArgument>> operator_arguments;  // of each operator
  std::vector<TensorRef> results;                                 // room for an operator's
  std::vector<int64_t> next_symbols;                              // room to read them
  std::shared_ptr<const ConstantSet> constants;                   // whose tensors are in `values`

 private:
  std::span<const int64_t> of(NumberRange range) const {
    return {numbers.data() + range.first, static_cast<size_t>(range.count)};
  }
  void box_operators();
  void free_arena();

  const PreparedPlan& prepared_;
  Host& host_;
  bool evaluated_ = false;
  std::vector<int64_t> symbols_, table_;
  // Lists inside of operator arguments.
  std::deque<std::vector<OperatorArgument>> lists_;
  struct OperatorSize {
    OperatorArgument* argument;
    int32_t number;
  };
  std::vector<OperatorSize> operator_sizes_;
  ArenaLayout layout_;  // of the call's temporaries
  void* arena_ = nullptr;
  size_t arena_bytes_ = 0;
  bool placed_ = false;  // the temporaries, in this arena
  std::vector<PlanValue> owned_;
};

// Frames that wait for the next call.
class FramePool {
 public:
  FramePool(const PreparedPlan& prepared, Host& host) : prepared_(prepared), host_(host) {}
  std::unique_ptr<Frame> take();
  void give(std::unique_ptr<Frame> frame);
  size_t arena_bytes() const;

 private:
  const PreparedPlan& prepared_;
  Host& host_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Frame>> waiting_;
};

}  // namespace hidet
