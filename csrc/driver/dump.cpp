#include "driver/dump.h"

#include <filesystem>
#include <fstream>

namespace hidet {

namespace fs = std::filesystem;

Dump::Dump(const std::string& directory) {
  if (directory.empty()) return;
  std::error_code error;
  fs::create_directories(directory, error);
  for (int number = 0; !error; number++) {
    fs::path candidate = fs::path(directory) / hidet::format("graph_{}", number);
    if (fs::create_directory(candidate, error)) {
      directory_ = candidate.string();
      return;
    }
  }
  HIDET_USER_ERROR(value, "dump: cannot write to '{}': {}", directory, error.message());
}

void Dump::text(const std::string& name, const std::string& content) {
  if (directory_.empty()) return;
  std::ofstream file(fs::path(directory_) / name);
  file << content;
  HIDET_REQUIRE(file.good(), "dump: cannot write '{}' in '{}'", name, directory_);
}

void Dump::graph(const std::string& name, const Graph& graph) {
  if (!directory_.empty()) text(name + ".graph", print(graph));
}

void Dump::begin_kernel(const std::string& symbol) {
  if (directory_.empty()) return;
  kernel_ = hidet::format("kernel_{:02}_{}", kernels_++, symbol);
  passes_ = 0;
  fs::create_directory(fs::path(directory_) / kernel_);
}

PassHook Dump::hook() {
  return nullptr;
}

void Dump::source(const std::string& source) {
  if (!directory_.empty()) text(kernel_ + "/kernel.cpp", source);
}

}  // namespace hidet
