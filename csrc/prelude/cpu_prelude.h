// The helpers of generated CPU kernels, as text: vector types, accesses, and the few operations
// that C++ with GCC's vector extension has no operator for. No header is included, and only what
// was asked for is printed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "prelude/kernel_prelude.h"

namespace hidet {

class CpuPrelude : public KernelPrelude {
 public:
  // `features`: of the target (target/target.h).
  explicit CpuPrelude(std::vector<std::string> features) : features_(std::move(features)) {}

  std::string type(DType dtype, int lanes = 1) override;
  // The helpers are those of cpu_helpers.h.
  std::string function(std::string_view name, DType dtype, int lanes = 1) override;
  std::string not_finite(double value, DType dtype) override;
  std::string same_bits(DType to, DType from, const std::string& value) override;
  std::string text() const override;

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
