// The functions that emitted CUDA kernels call, as text for NVIDIA's compiler: each is an
// instruction of the GPU that C++ has no word for, written as inline PTX. No header is included.
#pragma once

#include <string>
#include <string_view>

namespace hidet {

// All of them; of the asynchronous matrix products, those of 8, 16, 32, 64, 96, 128, 192 and 256
// columns.
std::string cuda_prelude_ptx();

// What `kernels`, emitted text, mentions: shorter, and so compiled sooner. The number of columns of
// an asynchronous matrix product must be a literal number in the text.
std::string cuda_prelude_ptx(std::string_view kernels);

}  // namespace hidet
