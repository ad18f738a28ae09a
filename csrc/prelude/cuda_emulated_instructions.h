// The functions of the CUDA prelude (cuda_native.h) in C++, for the emulator.
#pragma once

#include <string>
#include <string_view>

namespace hidet {

// The types and conversions, and what `kernels`, emitted text, mentions of the rest. Stands behind
// the frame of prelude/cuda_emulated.h, in a namespace of the kernels' own.
std::string cuda_emulated_instructions(std::string_view kernels);

}  // namespace hidet
