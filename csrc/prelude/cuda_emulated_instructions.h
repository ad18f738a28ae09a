// The instructions of the CUDA prelude in C++ for the emulator.
#pragma once

#include <string>
#include <string_view>

namespace hidet {

// What `kernel`, emitted text, mentions.
std::string cuda_emulated_instructions(std::string_view kernel);

}  // namespace hidet
