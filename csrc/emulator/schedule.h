// Schedule: in which order the threads of an emulated kernel run, and when its asynchronous
// operations are performed.
#pragma once

#include <cstdint>
#include <string>

namespace hidet {

struct Schedule {
  enum class Order : uint8_t {
    forward,  // the lowest warp and lane that can run
    reverse,  // the highest
    random    // any, by the seed
  };
  enum class Completion : uint8_t {
    late,   // when somebody waits for it
    early,  // at once
    random  // at any time in between, by the seed
  };
  Order order = Order::forward;
  Completion completion = Completion::late;
  uint64_t seed = 0;
  bool operator==(const Schedule&) const = default;
};

// The three under which kernels are proved: forward late, reverse early, random random.
const Schedule (&proving_schedules())[3];

}  // namespace hidet
