// compile_kernels: text of CPU kernels to shared objects, by the host's C++ compiler.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace hidet {

struct HostCompiler {
  enum class Family : uint8_t { gcc, clang };
  std::vector<std::string> command;  // program (a full path) and its first arguments
  std::string version;               // first line of --version
  Family family = Family::gcc;
};

// $CXX (a program with arguments), else g++, else clang++. Declines with what to install. Looked up
// once for each value of $CXX and $PATH.
Result<HostCompiler> find_host_compiler();

// One kernel: a function `extern "C" void <symbol>(...)` as kernel_record.h has it, and what it
// needs. No header is included and no macro outlives the text. Any namespace may be put around it.
struct KernelSource {
  std::string symbol;
  std::string text;
  std::vector<std::string> target_flags;  // "-mavx2", ...
  // Stands once in front of all kernels of a translation unit; they have the same. Macros of it live
  // on.
  std::string unit_text = {};
};

// Of everything that decides the code: text, flags, compiler, and this library's way of compiling.
std::string kernel_key(const KernelSource& source, const HostCompiler& compiler);
// The name under which a kernel is found in the shared object.
std::string exported_symbol(const std::string& symbol, const std::string& key);

struct CompileOptions {
  int parallel = 0;              // processes at once; 0: cores of this process
  double timeout_seconds = 300;  // of one process
  // After each finished kernel, on the calling thread.
  std::function<void(int done, int total)> progress;
};

// A shared object and the kernels in it (indices into the sources).
struct CompiledUnit {
  std::string shared_object;
  std::vector<int> kernels;
};

// Deals the sources to as many translation units as processes. `keys` parallel to `sources`,
// without repetitions. Declines with the compiler's message.
Result<std::vector<CompiledUnit>> compile_kernels(std::span<const KernelSource> sources,
                                                  std::span<const std::string> keys,
                                                  const HostCompiler& compiler,
                                                  const CompileOptions& options = {});

}  // namespace hidet
