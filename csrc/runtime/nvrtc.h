// compile_cuda: CUDA C++ to a binary for one architecture, by NVIDIA's runtime compiler. It is
// opened with dlopen and needs no GPU and no driver.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace hidet {

// What a kernel takes, of each thread where nothing else is said.
struct CudaResources {
  std::string kernel;
  int registers = 0;
  int spill_stores = 0;   // bytes
  int spill_loads = 0;    // bytes
  int stack = 0;          // bytes of local memory
  int static_shared = 0;  // bytes of a block, that the kernel declares
  int barriers = 0;       // named barriers of a block
  int max_threads = 0;    // of a block, from __launch_bounds__; 0: not bounded
  // What the assembler found to be slower than written ("C7510 ..."): of this kernel, or of all
  // where it does not say.
  std::vector<std::string> advisories;
};

struct CudaBinary {
  std::string cubin;
  std::string ptx;
  std::string log;                       // of the compiler, empty where it had nothing to say
  std::vector<CudaResources> resources;  // in order of name
};

struct NvrtcLibrary;

class Nvrtc {
 public:
  // Looked for as $HIDET_NVRTC_PATH (a file; nothing else is tried then), already in the process,
  // in `directories` (each one a folder of libraries), by the loader's path, in $CUDA_HOME/lib64
  // and /usr/local/cuda/lib64. Declines with all that was tried. What was found stays open and is
  // what later calls return, as long as $HIDET_NVRTC_PATH is the same.
  static Result<std::shared_ptr<const Nvrtc>> open(
      const std::vector<std::string>& directories = {});

  // A target is "sm_80", "sm_90a", ... Safe to call on several threads at once. Declines with the
  // known architectures, or with the compiler's message and the line that it is about.
  Result<CudaBinary> compile(const std::string& text, const std::string& target) const;

  const std::string& path() const;
  // "13.2": a part of the key of what was compiled.
  std::string version() const;
  int major() const;
  // Numbers of the architectures known: 80, 90, ...; those with a letter are not listed.
  const std::vector<int>& architectures() const;
  // What every kernel is compiled with; a part of the key, too.
  std::vector<std::string> options(const std::string& target) const;

 private:
  explicit Nvrtc(std::shared_ptr<const NvrtcLibrary> library) : library_(std::move(library)) {}
  std::shared_ptr<const NvrtcLibrary> library_;
};

// Nvrtc::open and compile.
Result<CudaBinary> compile_cuda(const std::string& text, const std::string& target,
                                const std::vector<std::string>& directories = {});

// The resources that the assembler's log (--ptxas-options=-v) states, in its order.
std::vector<CudaResources> resources_in_log(const std::string& log);

}  // namespace hidet
