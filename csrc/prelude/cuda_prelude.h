// The scalar helpers of generated CUDA kernels, as text that stands behind either of the two CUDA
// preludes (cuda_native.h: PTX; cuda_emulated.h: C++), which have all the types.
#pragma once

#include <set>

#include "prelude/kernel_prelude.h"

namespace hidet {

class CudaPrelude : public KernelPrelude {
 public:
  std::string type(DType dtype, int lanes = 1) override;
  std::string function(std::string_view name, DType dtype, int lanes = 1) override;
  std::string not_finite(double value, DType dtype) override;
  std::string same_bits(DType to, DType from, const std::string& value) override;
  std::string text() const override { return functions_; }

 private:
  std::set<std::string> declared_;
  std::string functions_;
};

}  // namespace hidet
