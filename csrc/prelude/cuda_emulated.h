// The functions that emitted CUDA kernels call, as C++ text for the host's compiler: the same as
// cuda_native.h has as PTX. Kernels compiled behind it run under the emulator.
#pragma once

#include <string>
#include <string_view>

namespace hidet {

// Once for each translation unit, whatever its kernels are: types, what CUDA has by itself, the way
// to the emulator. Includes no header.
std::string cuda_prelude_emulated();

// One kernel behind it: the emitted text, and `<symbol>_emulated`, an
//   extern "C" void (*)(const uint64_t* arguments)
// that calls the kernel with its arguments in order: pointers, integers, the addresses of structs.
// The text's lines are those of a file that is named as the symbol.
std::string emulated_kernel_text(const std::string& symbol, std::string_view text);

}  // namespace hidet
