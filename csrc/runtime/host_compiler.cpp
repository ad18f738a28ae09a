#include <unistd.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>

#include "runtime/compile.h"
#include "runtime/subprocess.h"

namespace hidet {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// Empty: not found.
std::string full_path(const std::string& program) {
  if (program.find('/') != std::string::npos)
    return access(program.c_str(), X_OK) == 0 ? program : std::string();
  std::istringstream folders(environment("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string path = (folder.empty() ? "." : folder) + "/" + program;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

Result<HostCompiler> probe(std::vector<std::string> command) {
  std::string path = full_path(command[0]);
  HIDET_DECLINE_UNLESS(!path.empty(), "'{}' was not found", command[0]);
  HostCompiler compiler;
  command[0] = path;
  compiler.command = command;
  command.push_back("--version");
  ProcessResult result = run_processes({command}, 1, 30)[0];
  HIDET_DECLINE_UNLESS(result.started && result.succeeded, "'{}' does not run", path);
  compiler.version = result.output.substr(0, result.output.find('\n'));
  bool clang = result.output.find("clang") != std::string::npos;
  compiler.family = clang ? HostCompiler::Family::clang : HostCompiler::Family::gcc;
  return compiler;
}

Result<HostCompiler> search(const std::string& chosen) {
  auto words = words_of(chosen);
  if (!words.empty()) {
    auto compiler = probe(words);
    HIDET_DECLINE_UNLESS(compiler, "the C++ compiler of the environment variable CXX: {}",
                         compiler.reason());
    return compiler;
  }
  for (const char* name : {"g++", "clang++"})
    if (auto compiler = probe({name})) return compiler;
  HIDET_DECLINE(
      "no C++ compiler was found: install g++ or clang++ (Debian, Ubuntu: apt install g++), or set "
      "the environment variable CXX");
}

}  // namespace

Result<HostCompiler> find_host_compiler() {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, Result<HostCompiler>> found;
  std::lock_guard lock(mutex);
  std::pair key(environment("CXX"), environment("PATH"));
  if (auto known = found.find(key); known != found.end()) return known->second;
  auto compiler = search(key.first);
  // A compiler may be installed later on.
  if (compiler) found.emplace(key, compiler);
  return compiler;
}

}  // namespace hidet
