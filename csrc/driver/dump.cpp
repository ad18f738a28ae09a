#include "driver/dump.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "driver/lower_kernel.h"
#include "driver/replay.h"
#include "ir/print.h"

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

void Dump::begin_kernel(const std::string& symbol, const std::string& target,
                        const std::vector<std::string>& nodes) {
  if (directory_.empty()) return;
  folder_ = "kernels/" + symbol;
  for (int number = 2; fs::exists(fs::path(directory_) / folder_); number++)
    folder_ = hidet::format("kernels/{}.{}", symbol, number);
  fs::create_directories(fs::path(directory_) / folder_);
  symbol_ = symbol;
  target_ = target;
  comment_ = "//";
  for (const std::string& node : nodes) comment_ += " " + node;
  comment_ += "\n";
  passes_ = 0;
}

void Dump::program(std::string_view pass, const Program& program) {
  if (directory_.empty()) return;
  const std::string text = print(program);
  const std::string name = hidet::format("{}/{:02}_{}.txt", folder_, passes_++, pass);
  this->text(name, after_pass(pass, text, symbol_, target_));
  if (pass != kFillPass) return;
  const std::string path = fs::absolute(fs::path(directory_) / name).string();
  this->text(folder_ + "/replay.txt", replay_command(path) + "\n");
  // The declarations: sizes, and buffers with their shapes.
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line != "{";) comment_ += "// " + line + "\n";
}

void Dump::source(const std::string& source) {
  if (!directory_.empty()) text(folder_ + "/kernel.cpp", comment_ + source);
}

}  // namespace hidet
