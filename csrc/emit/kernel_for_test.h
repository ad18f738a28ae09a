// Tests only: lowers a program, compiles what is emitted and runs it.
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "emit/emit_cpp.h"
#include "ir/visit.h"
#include "passes/lower_cpu.h"

namespace hidet {

// The targets whose code this machine runs.
inline std::vector<Target> targets_for_test() {
  std::vector<Target> result;
  for (const char* name : {"cpu-avx512", "cpu-avx2", "cpu-portable"}) {
    Target target = cpu_target(name);
    if (runs_here(target)) result.push_back(std::move(target));
  }
  return result;
}

class KernelForTest {
 public:
  KernelForTest(const Program& program, const SiteFills& fills, const Target& target)
      : kernel_(emit_cpp(lower_for_cpu(program, fills, target), target, "kernel")) {
    std::string path = "/tmp/hidet_test_XXXXXX";
    HIDET_ASSERT(mkdtemp(path.data()), "no temporary folder");
    const std::string source = path + "/kernel.cpp", library = path + "/kernel.so";
    std::ofstream(source) << kernel_.text;
    std::string command =
        "g++ -x c++ -std=c++20 -O1 -fexpensive-optimizations -ffp-contract=off -fwrapv "
        "-fno-strict-aliasing -fno-math-errno -fno-trapping-math -Wno-psabi -shared -fPIC";
    for (const std::string& flag : target.compiler_flags()) command += " " + flag;
    command += " " + source + " -o " + library;
    HIDET_ASSERT(std::system(command.c_str()) == 0, "{}\n{}", command, kernel_.text);
    handle_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    HIDET_ASSERT(handle_, "{}", dlerror());
    function_ = reinterpret_cast<Function*>(dlsym(handle_, "kernel"));
    const std::string cleanup = "rm -r " + path;
    HIDET_ASSERT(std::system(cleanup.c_str()) == 0, "{}", cleanup);
  }
  ~KernelForTest() { dlclose(handle_); }
  KernelForTest(const KernelForTest&) = delete;
  KernelForTest& operator=(const KernelForTest&) = delete;

  const std::string& text() const { return kernel_.text; }
  const EmittedKernel& kernel() const { return kernel_; }

  // Runs all tasks, in two pieces; returns the status word.
  int32_t run(const std::vector<void*>& buffers, const std::vector<int64_t>& sizes = {}) const {
    const int64_t tasks = value(kernel_.parallel_extent, sizes);
    const int64_t bytes = value(kernel_.scratch_bytes, sizes);
    void* scratch = bytes ? std::aligned_alloc(64, static_cast<size_t>(bytes)) : nullptr;
    int32_t status = 0;
    function_(buffers.data(), sizes.data(), 0, tasks / 2, scratch, &status);
    function_(buffers.data(), sizes.data(), tasks / 2, tasks, scratch, &status);
    std::free(scratch);
    return status;
  }

 private:
  using Function = void(void* const*, const int64_t*, int64_t, int64_t, void*, int32_t*);

  int64_t value(Expr e, const std::vector<int64_t>& sizes) const {
    Substitution values;
    for (size_t i = 0; i < sizes.size(); ++i)
      values[kernel_.sizes[i]] = e.context().index(sizes[i]);
    const auto result = as_int(substitute(e, values));
    HIDET_ASSERT(result, "an extent does not depend on the sizes alone");
    return *result;
  }

  EmittedKernel kernel_;
  void* handle_ = nullptr;
  Function* function_ = nullptr;
};

}  // namespace hidet
