#include "runtime/cubin_store.h"

#include <atomic>
#include <charconv>
#include <set>
#include <thread>

#include "base/sha256.h"
#include "runtime/subprocess.h"

namespace hidet {

namespace {

constexpr std::string_view kMagic = "hidet cubin 1";

// A kernel that the binary has beside its own is none of ours.
Result<CudaCode> compile(const CudaSource& source, const std::string& target, const Nvrtc& nvrtc) {
  auto binary = nvrtc.compile(source.text, target);
  if (!binary) return Decline{hidet::format("{}: {}", source.symbol, binary.reason())};
  CudaCode code{.cubin = std::move(binary->cubin), .resources = {}};
  for (const CudaResources& resources : binary->resources)
    if (resources.kernel == source.symbol) code.resources = resources;
  HIDET_DECLINE_UNLESS(!code.resources.kernel.empty(), "the text of {} has no such kernel",
                       source.symbol);
  return code;
}

}  // namespace

std::string cubin_key(const CudaSource& source, const std::string& target, const Nvrtc& nvrtc) {
  std::string text = hidet::format("{} {}\n", target, nvrtc.version());
  for (const std::string& option : nvrtc.options(target)) text += option + "\n";
  return sha256_hex(text + source.text);
}

std::string serialize(const CudaCode& code) {
  const CudaResources& r = code.resources;
  std::string text = hidet::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", kMagic, r.kernel,
                                   r.registers, r.spill_stores, r.spill_loads, r.stack,
                                   r.static_shared, r.barriers, r.max_threads, r.advisories.size());
  for (const std::string& advisory : r.advisories) {
    for (const char c : advisory) text += c == '\n' ? ' ' : c;
    text += '\n';
  }
  return text + code.cubin;
}

std::optional<CudaCode> parse_cuda_code(std::string_view bytes) {
  bool good = true;
  const auto line = [&] {
    const size_t end = bytes.find('\n');
    good = good && end != bytes.npos;
    if (!good) return std::string_view();
    const std::string_view text = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    return text;
  };
  const auto number = [&] {
    int value = 0;
    const std::string_view text = line();
    good = good && std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
    return value;
  };
  CudaCode code;
  CudaResources& r = code.resources;
  if (line() != kMagic) return std::nullopt;
  r.kernel = line();
  for (int* field : {&r.registers, &r.spill_stores, &r.spill_loads, &r.stack, &r.static_shared,
                     &r.barriers, &r.max_threads})
    *field = number();
  for (int left = number(); good && left > 0; --left) r.advisories.emplace_back(line());
  if (!good) return std::nullopt;
  code.cubin = bytes;
  return code;
}

Result<std::vector<std::shared_ptr<const CudaCode>>> CubinStore::obtain(
    std::span<const CudaSource> sources, const std::string& target, const Nvrtc& nvrtc, int threads,
    const std::function<void(int done, int total)>& progress) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  std::vector<const CudaSource*> missing;
  std::vector<std::string> missing_keys;
  std::set<std::string> seen;
  for (const CudaSource& source : sources) {
    keys.push_back(cubin_key(source, target, nvrtc));
    if (!seen.insert(keys.back()).second || lookup(keys.back())) continue;
    missing.push_back(&source);
    missing_keys.push_back(keys.back());
  }
  const int total = static_cast<int>(missing.size());
  std::vector<std::optional<Result<CudaCode>>> made(missing.size());
  std::atomic<int> next{0};
  std::mutex progress_mutex;
  int done = 0;
  const auto work = [&] {
    for (int i = next++; i < total; i = next++) {
      made[static_cast<size_t>(i)] = compile(*missing[static_cast<size_t>(i)], target, nvrtc);
      const std::lock_guard one(progress_mutex);
      ++done;
      if (progress) progress(done, total);
    }
  };
  std::vector<std::thread> workers;
  const int wanted = threads > 0 ? threads : available_cores();
  for (int i = 1; i < std::min(wanted, total); ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  for (size_t i = 0; i < missing.size(); ++i) {
    if (!*made[i]) return Decline{made[i]->reason()};
    auto code = std::make_shared<CudaCode>(std::move(**made[i]));
    if (cache_) cache_->put("cubin", missing_keys[i], serialize(*code));
    known_[missing_keys[i]] = std::move(code);
    ++compiled_;
  }
  std::vector<std::shared_ptr<const CudaCode>> result;
  for (const std::string& key : keys) result.push_back(known_.at(key));
  return result;
}

std::shared_ptr<const CudaCode> CubinStore::find(const std::string& key) {
  std::lock_guard lock(mutex_);
  return lookup(key);
}

int64_t CubinStore::compiled() const {
  std::lock_guard lock(mutex_);
  return compiled_;
}

std::shared_ptr<const CudaCode> CubinStore::lookup(const std::string& key) {
  if (auto known = known_.find(key); known != known_.end()) return known->second;
  const auto content = cache_ ? cache_->get("cubin", key) : std::nullopt;
  auto code = content ? parse_cuda_code(*content) : std::nullopt;
  if (!code) return nullptr;
  return known_[key] = std::make_shared<CudaCode>(std::move(*code));
}

}  // namespace hidet
