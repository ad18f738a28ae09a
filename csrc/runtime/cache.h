// Cache: a folder of files named by what they are made from, shared by processes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hidet {

struct CacheOptions {
  // Empty: no cache. default_cache_directory() otherwise.
  std::string directory;
  int64_t limit_bytes = int64_t{2} << 30;
  // Called at most once for each cause.
  std::function<void(const std::string&)> warn;
};

// $HIDET_CACHE_DIR, $XDG_CACHE_HOME/hidet, ~/.cache/hidet; empty when none of them is set.
std::string default_cache_directory();

// An unusable folder (not the user's own, writable by others, not creatable) makes an empty cache
// that keeps nothing. A file that is truncated or altered counts as missing. Any thread may call.
class Cache {
 public:
  explicit Cache(CacheOptions options);
  ~Cache();

  bool usable() const;
  // Empty when it is not usable.
  std::string directory() const;
  // `kind` is a word ("kernel", "code", "plan"), `key` hexadecimal digits.
  std::optional<std::string> get(std::string_view kind, std::string_view key);
  // Replaces. Evicts what was used longest ago when the folder is over its limit.
  void put(std::string_view kind, std::string_view key, std::string_view content);
  void remove(std::string_view kind, std::string_view key);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hidet
