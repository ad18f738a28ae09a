#include "runtime/cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "runtime/files.h"

namespace hidet {
namespace {

namespace fs = std::filesystem;

class CacheTest : public testing::Test {
 protected:
  std::string directory() const { return folder_.path() + "/a/cache"; }
  CacheOptions options(int64_t limit = 1 << 20) {
    return {directory(), limit,
            [this](const std::string& message) { warnings_.push_back(message); }};
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(directory())) all.push_back(entry.path());
    return all;
  }
  static std::string contents(const fs::path& path) { return *read_file(path); }
  static void overwrite(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  TemporaryFolder folder_;
  std::vector<std::string> warnings_;
};

TEST_F(CacheTest, KeepsAcrossObjects) {
  Cache(options()).put("plan", "ab01", std::string("with\0zero", 9));
  Cache cache(options());
  EXPECT_EQ(cache.get("plan", "ab01"), std::string("with\0zero", 9));
  EXPECT_EQ(cache.get("kernel", "ab01"), std::nullopt);
  EXPECT_EQ(cache.get("plan", "ab02"), std::nullopt);
  cache.put("plan", "ab01", "");
  EXPECT_EQ(cache.get("plan", "ab01"), "");
  cache.remove("plan", "ab01");
  EXPECT_EQ(cache.get("plan", "ab01"), std::nullopt);
  struct stat status;
  ASSERT_EQ(stat(directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(CacheTest, DamagedFilesAreMissingAndReplaced) {
  Cache cache(options());
  cache.put("plan", "ab", "some content");
  fs::path file = files()[0];
  std::string good = contents(file);
  for (size_t length = 0; length < good.size(); length++) {
    overwrite(file, good.substr(0, length));
    EXPECT_EQ(cache.get("plan", "ab"), std::nullopt) << length;
  }
  for (size_t i = 0; i < good.size(); i++) {
    std::string altered = good;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    overwrite(file, altered);
    fs::permissions(file, fs::perms(0600));
    EXPECT_EQ(cache.get("plan", "ab"), std::nullopt) << i;
    EXPECT_FALSE(fs::exists(file));
  }
  cache.put("plan", "ab", "some content");
  EXPECT_EQ(cache.get("plan", "ab"), "some content");
  // A good file under another name.
  fs::rename(file, file.parent_path() / "plan-cd");
  EXPECT_EQ(cache.get("plan", "cd"), std::nullopt);
}

TEST_F(CacheTest, LinksAndWritableFilesAreNotFollowed) {
  Cache cache(options());
  cache.put("plan", "ab", "content");
  fs::path file = files()[0];
  fs::create_symlink(file, file.parent_path() / "plan-ef");
  EXPECT_EQ(cache.get("plan", "ef"), std::nullopt);
  fs::permissions(file, fs::perms(0666));
  EXPECT_EQ(cache.get("plan", "ab"), std::nullopt);
  fs::create_directory(file.parent_path() / "plan-aa");
  EXPECT_EQ(cache.get("plan", "aa"), std::nullopt);
}

TEST_F(CacheTest, AFolderOfOthersIsIgnoredWithOneWarning) {
  fs::create_directories(directory());
  fs::permissions(directory(), fs::perms(0777));
  Cache cache(options());
  EXPECT_FALSE(cache.usable());
  cache.put("plan", "ab", "content");
  EXPECT_EQ(cache.get("plan", "ab"), std::nullopt);
  EXPECT_TRUE(fs::is_empty(directory()));
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("others may write to it"), std::string::npos) << warnings_[0];
  fs::permissions(directory(), fs::perms(0755));
  EXPECT_TRUE(Cache(options()).usable());
  if (geteuid() == 0) {
    ASSERT_EQ(chown(directory().c_str(), 12345, 12345), 0);
    EXPECT_FALSE(Cache(options()).usable());
    EXPECT_NE(warnings_.back().find("belongs to another user"), std::string::npos);
  }
}

TEST_F(CacheTest, AFileInTheWay) {
  fs::create_directories(folder_.path() + "/a");
  overwrite(folder_.path() + "/a/cache", "no folder");
  EXPECT_FALSE(Cache(options()).usable());
  CacheOptions below = options();
  below.directory += "/deeper";
  EXPECT_FALSE(Cache(below).usable());
  EXPECT_EQ(warnings_.size(), 2u);
  CacheOptions none = options();
  none.directory = "";
  EXPECT_FALSE(Cache(none).usable());
  EXPECT_EQ(warnings_.size(), 2u);
}

// In a process of its own, whose files may not grow: as on a full disk.
TEST_F(CacheTest, AFullDiskWarnsOnceAndLeavesNothing) {
  fs::create_directories(directory());
  fs::permissions(directory(), fs::perms(0700));
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{100, 100};
    setrlimit(RLIMIT_FSIZE, &limit);
    Cache cache(options());
    for (const char* key : {"ab", "cd"}) cache.put("plan", key, std::string(1000, 'x'));
    bool good = !cache.get("plan", "ab") && warnings_.size() == 1 && cache.usable();
    _exit(good ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(fs::is_empty(directory()));
}

TEST_F(CacheTest, WhatWasUsedLongestAgoGoes) {
  Cache cache(options(10000));
  std::string content(1000, 'x');
  for (int i = 0; i < 6; i++) cache.put("plan", std::to_string(i), content);
  timespec old[2] = {{1000, 0}, {1000, 0}};
  for (const fs::path& path : files()) {
    old[1].tv_sec++;
    utimensat(AT_FDCWD, path.c_str(), old, 0);
  }
  EXPECT_TRUE(cache.get("plan", "3"));  // used now
  for (int i = 6; i < 10; i++) cache.put("plan", std::to_string(i), content);
  EXPECT_TRUE(cache.get("plan", "3"));
  EXPECT_TRUE(cache.get("plan", "9"));
  int64_t total = 0;
  for (const fs::path& path : files()) total += static_cast<int64_t>(fs::file_size(path));
  EXPECT_LE(total, 10000);
  EXPECT_GE(total, 5000);
  cache.put("plan", "large", std::string(20000, 'x'));
  EXPECT_FALSE(cache.get("plan", "large"));
}

TEST_F(CacheTest, TwoProcessesAndThreadsAtOnce) {
  auto work = [&] {
    Cache cache(options());
    bool good = true;
    for (int round = 0; round < 100; round++)
      for (int key = 0; key < 5; key++) {
        std::string content(static_cast<size_t>(1000 * key), static_cast<char>('a' + key));
        if (round % 3 == 0) cache.put("plan", std::to_string(key), content);
        auto found = cache.get("plan", std::to_string(key));
        good = good && (!found || *found == content);
      }
    return good;
  };
  pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  bool good[2] = {};
  std::thread other([&] { good[0] = work(); });
  good[1] = work();
  other.join();
  EXPECT_TRUE(good[0] && good[1]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(files().size(), 5u);
}

TEST(CacheDirectory, FromTheEnvironment) {
  auto keep = [](const char* name) { return std::string(getenv(name) ? getenv(name) : ""); };
  std::string own = keep("HIDET_CACHE_DIR"), base = keep("XDG_CACHE_HOME"), home = keep("HOME");
  setenv("HIDET_CACHE_DIR", "/x", 1);
  setenv("XDG_CACHE_HOME", "/y", 1);
  setenv("HOME", "/z", 1);
  EXPECT_EQ(default_cache_directory(), "/x");
  unsetenv("HIDET_CACHE_DIR");
  EXPECT_EQ(default_cache_directory(), "/y/hidet");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(default_cache_directory(), "/z/.cache/hidet");
  if (!own.empty()) setenv("HIDET_CACHE_DIR", own.c_str(), 1);
  if (!base.empty()) setenv("XDG_CACHE_HOME", base.c_str(), 1);
  setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace hidet
