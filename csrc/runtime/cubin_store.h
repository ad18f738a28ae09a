// CubinStore: from the text of CUDA kernels to their binaries: what this process has made, else the
// cache, else NVIDIA's compiler.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "runtime/cache.h"
#include "runtime/nvrtc.h"

namespace hidet {

struct CudaCode {
  std::string cubin;
  CudaResources resources;
};

struct CudaSource {
  std::string symbol;
  std::string text;  // with its prelude
};

// Of the text, the target, the compiler's version and its options.
std::string cubin_key(const CudaSource& source, const std::string& target, const Nvrtc& nvrtc);

class CubinStore {
 public:
  explicit CubinStore(std::shared_ptr<Cache> cache) : cache_(std::move(cache)) {}

  // Parallel to `sources`, which may repeat. What is missing is compiled on `threads` threads
  // (0: as many as cores); `progress` is called on one of them at a time. Declines with the
  // compiler's message.
  Result<std::vector<std::shared_ptr<const CudaCode>>> obtain(
      std::span<const CudaSource> sources, const std::string& target, const Nvrtc& nvrtc,
      int threads = 0, const std::function<void(int done, int total)>& progress = {});
  // By cubin_key(), without a compiler; null: it has to be compiled.
  std::shared_ptr<const CudaCode> find(const std::string& key);
  // Kernels that the compiler made for this store.
  int64_t compiled() const;

 private:
  std::shared_ptr<const CudaCode> lookup(const std::string& key);

  std::shared_ptr<Cache> cache_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const CudaCode>> known_;  // by key
  int64_t compiled_ = 0;
};

// The form in the cache; absent where the bytes are none.
std::string serialize(const CudaCode& code);
std::optional<CudaCode> parse_cuda_code(std::string_view bytes);

}  // namespace hidet
