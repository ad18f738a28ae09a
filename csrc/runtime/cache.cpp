#include "runtime/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/sha256.h"
#include "runtime/files.h"

namespace hidet {

namespace {

namespace fs = std::filesystem;
// A file: magic, checksum of kind, key and content in 64 digits, content.
constexpr std::string_view kMagic = "HIDETC01";
constexpr size_t kHead = 8 + 64;
constexpr std::string_view kTemporary = "tmp-";
constexpr int64_t kTemporaryLifetime = 3600;  // seconds; what a killed process left goes after that

std::string checksum(std::string_view kind, std::string_view key, std::string_view content) {
  return Sha256().field(kind).field(key).update(content).hex();
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
}

// Empty: usable.
std::string unusable_because(const std::string& directory) {
  if (directory.empty()) return "no folder is known";
  std::error_code error;
  fs::path folder(directory);
  std::vector<fs::path> missing;
  for (; !folder.empty() && !fs::exists(folder, error); folder = folder.parent_path()) {
    missing.push_back(folder);
    if (folder == folder.parent_path()) break;
  }
  for (auto it = missing.rbegin(); it != missing.rend(); ++it)
    if (mkdir(it->c_str(), 0700) != 0 && errno != EEXIST)
      return hidet::format("it cannot be made: {}", std::strerror(errno));
  struct stat status;
  if (stat(directory.c_str(), &status) != 0) return std::strerror(errno);
  if (!S_ISDIR(status.st_mode)) return "it is no folder";
  if (status.st_uid != geteuid()) return "it belongs to another user";
  if (status.st_mode & 022) return "others may write to it (chmod go-w)";
  return "";
}

}  // namespace

std::string default_cache_directory() {
  auto from = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  if (auto own = from("HIDET_CACHE_DIR"); !own.empty()) return own;
  if (auto base = from("XDG_CACHE_HOME"); !base.empty()) return base + "/hidet";
  if (auto home = from("HOME"); !home.empty()) return home + "/.cache/hidet";
  return "";
}

struct Cache::Implementation {
  CacheOptions options;
  bool usable = false;
  std::mutex mutex;
  std::set<std::string> warned;  // causes
  int64_t bytes = -1;            // in the folder, as far as known; -1: not counted yet
  int64_t added = 0;             // since it was counted

  std::string path(std::string_view kind, std::string_view key) const {
    HIDET_ASSERT(is_word(kind) && is_word(key), "cache key {}/{}", kind, key);
    return hidet::format("{}/{}-{}", options.directory, kind, key);
  }

  void warn(const std::string& cause, const std::string& message) {
    {
      std::lock_guard lock(mutex);
      if (!options.warn || !warned.insert(cause).second) return;
    }
    options.warn(message);
  }

  // Counts what is there and, when that is over the limit, removes what was used longest ago down
  // to three quarters of it. Other processes may do the same at once.
  void evict() {
    struct Entry {
      timespec used;
      int64_t size;
      std::string path;
    };
    std::vector<Entry> entries;
    std::error_code error;
    int64_t total = 0;
    for (auto it = fs::directory_iterator(options.directory, error);
         !error && it != fs::directory_iterator(); it.increment(error)) {
      struct stat status;
      if (lstat(it->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
      bool temporary = it->path().filename().string().starts_with(kTemporary);
      if (temporary && time(nullptr) - status.st_mtim.tv_sec > kTemporaryLifetime)
        unlink(it->path().c_str());
      if (temporary) continue;
      entries.push_back({status.st_mtim, status.st_size, it->path()});
      total += status.st_size;
    }
    if (total > options.limit_bytes) {
      std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.used.tv_sec, a.used.tv_nsec, a.path) <
               std::tie(b.used.tv_sec, b.used.tv_nsec, b.path);
      });
      for (const Entry& entry : entries) {
        if (total <= options.limit_bytes / 4 * 3) break;
        if (unlink(entry.path.c_str()) == 0 || errno == ENOENT) total -= entry.size;
      }
    }
    bytes = total;
    added = 0;
  }

  void account(int64_t size) {
    std::lock_guard lock(mutex);
    if (bytes >= 0) {
      bytes += size;
      added += size;
    }
    if (bytes < 0 || bytes > options.limit_bytes || added > options.limit_bytes / 8) evict();
  }
};

Cache::Cache(CacheOptions options) : implementation_(std::make_unique<Implementation>()) {
  implementation_->options = std::move(options);
  const std::string& directory = implementation_->options.directory;
  std::string reason = unusable_because(directory);
  implementation_->usable = reason.empty();
  if (!reason.empty() && !directory.empty())
    implementation_->warn(
        "folder", hidet::format("the cache folder {} is not used: {}. Kernels are compiled anew in "
                                "each process; HIDET_CACHE_DIR names another folder",
                                directory, reason));
}

Cache::~Cache() = default;

bool Cache::usable() const {
  return implementation_->usable;
}
std::string Cache::directory() const {
  return usable() ? implementation_->options.directory : "";
}

std::optional<std::string> Cache::get(std::string_view kind, std::string_view key) {
  if (!usable()) return std::nullopt;
  std::string path = implementation_->path(kind, key);
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return std::nullopt;
  struct stat status;
  bool own = fstat(file, &status) == 0 && status.st_uid == geteuid() && !(status.st_mode & 022);
  auto content = own ? read_all(file) : std::nullopt;
  if (own) futimens(file, nullptr);
  close(file);
  if (!content) return std::nullopt;
  std::string_view all = *content;
  bool intact = all.size() >= kHead && all.starts_with(kMagic) &&
                all.substr(kMagic.size(), 64) == checksum(kind, key, all.substr(kHead));
  if (!intact) {
    unlink(path.c_str());
    return std::nullopt;
  }
  return content->substr(kHead);
}

void Cache::put(std::string_view kind, std::string_view key, std::string_view content) {
  Implementation& own = *implementation_;
  int64_t size = static_cast<int64_t>(content.size() + kHead);
  if (!usable() || size > own.options.limit_bytes) return;
  std::string temporary = hidet::format("{}/{}XXXXXX", own.options.directory, kTemporary);
  std::string path = own.path(kind, key);
  std::string all = std::string(kMagic) + checksum(kind, key, content);
  all += content;
  int file = mkostemp(temporary.data(), O_CLOEXEC);
  bool written = file >= 0 && write_all(file, all);
  if (!written || rename(temporary.c_str(), path.c_str()) != 0) {
    std::string error = std::strerror(errno);
    if (file >= 0) close(file), unlink(temporary.c_str());
    own.warn("write",
             hidet::format("the cache folder {} cannot be written to: {}. Kernels are compiled "
                           "anew in each process; HIDET_CACHE_DIR names another folder",
                           own.options.directory, error));
    return;
  }
  close(file);
  own.account(size);
}

void Cache::remove(std::string_view kind, std::string_view key) {
  if (usable()) unlink(implementation_->path(kind, key).c_str());
}

}  // namespace hidet
