// KernelStore: from kernel text or key to a function that can be called: what this process has
// loaded, else the cache, else the compiler.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "runtime/cache.h"
#include "runtime/code_library.h"
#include "runtime/compile.h"
#include "runtime/cubin_store.h"

namespace hidet {

class KernelStore {
 public:
  explicit KernelStore(std::shared_ptr<Cache> cache) : cache_(std::move(cache)), cubins_(cache_) {}

  // Parallel to `sources`, which may repeat. Compiles only what is missing, all in one batch.
  Result<std::vector<LoadedKernel>> obtain(std::span<const KernelSource> sources,
                                           const HostCompiler& compiler,
                                           const CompileOptions& options = {});
  // The same by key, without a compiler: for plans out of the cache. Declines when one is missing.
  // `symbols` parallel to `keys`: as in the kernel's text.
  Result<std::vector<LoadedKernel>> find(std::span<const std::string> keys,
                                         std::span<const std::string> symbols);
  Cache& cache() const { return *cache_; }
  // Of CUDA kernels.
  CubinStore& cubins() { return cubins_; }
  // Kernels that a compiler made for this store.
  int64_t compiled() const;

 private:
  std::optional<LoadedKernel> lookup(const std::string& key, const std::string& symbol);
  std::shared_ptr<const CodeLibrary> library(const std::string& hash);

  std::shared_ptr<Cache> cache_;
  CubinStore cubins_;
  mutable std::mutex mutex_;
  std::map<std::string, LoadedKernel> loaded_;                           // by key
  std::map<std::string, std::shared_ptr<const CodeLibrary>> libraries_;  // by hash of the bytes
  int64_t compiled_ = 0;
};

}  // namespace hidet
