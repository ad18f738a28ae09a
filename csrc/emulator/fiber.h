// Fiber: a stack of its own on which a thread of an emulated kernel runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace hidet {

// Belongs to the OS thread on which it was first entered.
class Fiber {
 public:
  // The stack of the calling OS thread itself.
  Fiber() = default;
  // Calls entry(argument) when it is first switched to; entry does not return. `number` staggers
  // the stacks, so that their tops do not share the same lines of the caches.
  Fiber(void (*entry)(void*), void* argument, int number);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // The argument of the fiber on whose stack the caller runs.
  static void* here() {
    const auto frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    return *reinterpret_cast<void**>((frame & ~(kStackBytes - 1)) + kGuardBytes);
  }

  // Leaves `this`, which is running, for `next`; returns when somebody switches back.
  void switch_to(Fiber& next);
  bool contains(const void* address) const {
    return reinterpret_cast<uintptr_t>(address) - low_ < size_;
  }

 private:
  // A stack is aligned to its size. At its low end is a guard, then the argument.
  static constexpr size_t kStackBytes = 128 << 10, kGuardBytes = 4096;

  // The first function on a new stack.
  static void begin(void* fiber);
  // The address sanitizer learns which stack is used; `kept`: what switch_to() was given by it.
  void arrive(void* kept);

  void* saved_ = nullptr;  // the stack pointer, or the context
  uintptr_t low_ = 0;      // of what may be used
  size_t size_ = 0;
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  Fiber* before_ = nullptr;  // that switched to this one
};

}  // namespace hidet
