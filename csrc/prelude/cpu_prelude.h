// The helpers of generated CPU kernels, as text: vector types, accesses, and the few operations
// that C++ with GCC's vector extension has no operator for. No header is included, and only what
// was asked for is printed.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"

namespace hidet {

class CpuPrelude {
 public:
  // `features`: of the target (target/target.h).
  explicit CpuPrelude(std::vector<std::string> features) : features_(std::move(features)) {}

  // The C++ type of a value, declared when it must be: float, f32x16, int64_t, bool. f16 and bf16
  // are their bits, u16. Vectors of b8 have no type of their own: a mask is a vector of signed
  // integers, 0 or -1.
  std::string type(DType dtype, int lanes = 1);
  // The name under which a helper of cpu_helpers.h is called, for values of dtype and lanes; of a
  // conversion, f32.
  std::string function(std::string_view name, DType dtype, int lanes = 1);

  // What was asked for, each after what it needs.
  std::string text() const;

 private:
  bool has(std::string_view feature) const;
  std::string unaligned(DType dtype, int lanes);
  std::string value_of(std::string_view key, std::string_view helper, DType dtype, int lanes);
  std::string body_of(std::string_view name, DType dtype, int lanes);
  std::string native(std::string_view name, DType dtype, int lanes);

  std::vector<std::string> features_;
  std::set<std::string> declared_;
  std::string types_;
  std::string functions_;
};

}  // namespace hidet
