#include "runtime/kernel_store.h"

#include "base/sha256.h"

namespace hidet {

// The cache has the shared objects by their hash ("code"), and for each kernel the hash of the one
// that it is in ("kernel").

Result<std::vector<LoadedKernel>> KernelStore::obtain(std::span<const KernelSource> sources,
                                                      const HostCompiler& compiler,
                                                      const CompileOptions& options) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  std::map<std::string, KernelSource> missing;
  for (const KernelSource& source : sources) {
    keys.push_back(kernel_key(source, compiler));
    if (!lookup(keys.back(), source.symbol)) missing.emplace(keys.back(), source);
  }
  if (!missing.empty()) {
    std::vector<KernelSource> batch;
    std::vector<std::string> batch_keys;
    for (const auto& [key, source] : missing) {
      batch_keys.push_back(key);
      batch.push_back(source);
    }
    auto units = compile_kernels(batch, batch_keys, compiler, options);
    if (!units) return Decline{units.reason()};
    for (const CompiledUnit& unit : *units) {
      std::string hash = sha256_hex(unit.shared_object);
      auto library = CodeLibrary::open(unit.shared_object);
      if (!library) return Decline{library.reason()};
      libraries_[hash] = *library;
      if (cache_) cache_->put("code", hash, unit.shared_object);
      for (int kernel : unit.kernels) {
        const std::string& key = batch_keys[kernel];
        void* function = (*library)->symbol(exported_symbol(batch[kernel].symbol, key));
        HIDET_ASSERT(function, "the text of {} has no such function", batch[kernel].symbol);
        loaded_[key] = {reinterpret_cast<CpuKernel>(function), *library};
        if (cache_) cache_->put("kernel", key, hash);
        compiled_++;
      }
    }
  }
  std::vector<LoadedKernel> kernels;
  for (const std::string& key : keys) kernels.push_back(loaded_.at(key));
  return kernels;
}

Result<std::vector<LoadedKernel>> KernelStore::find(std::span<const std::string> keys,
                                                    std::span<const std::string> symbols) {
  std::lock_guard lock(mutex_);
  HIDET_ASSERT(keys.size() == symbols.size(), "{} keys, {} symbols", keys.size(), symbols.size());
  std::vector<LoadedKernel> kernels;
  for (size_t i = 0; i < keys.size(); i++) {
    auto kernel = lookup(keys[i], symbols[i]);
    HIDET_DECLINE_UNLESS(kernel, "the kernel {} is not in the cache", symbols[i]);
    kernels.push_back(*kernel);
  }
  return kernels;
}

int64_t KernelStore::compiled() const {
  std::lock_guard lock(mutex_);
  return compiled_;
}

std::optional<LoadedKernel> KernelStore::lookup(const std::string& key, const std::string& symbol) {
  if (auto known = loaded_.find(key); known != loaded_.end()) return known->second;
  auto hash = cache_ ? cache_->get("kernel", key) : std::nullopt;
  if (!hash) return std::nullopt;
  auto library = this->library(*hash);
  void* function = library ? library->symbol(exported_symbol(symbol, key)) : nullptr;
  if (!function) return std::nullopt;
  return loaded_[key] = {reinterpret_cast<CpuKernel>(function), library};
}

std::shared_ptr<const CodeLibrary> KernelStore::library(const std::string& hash) {
  if (auto known = libraries_.find(hash); known != libraries_.end()) return known->second;
  auto content = cache_->get("code", hash);
  if (!content) return nullptr;
  auto library = CodeLibrary::open(*content);
  if (!library) return nullptr;
  return libraries_[hash] = *library;
}

}  // namespace hidet
