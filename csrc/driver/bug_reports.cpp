#include "driver/bug_reports.h"

#include <unistd.h>

#include <filesystem>

#include "base/sha256.h"
#include "driver/replay.h"
#include "graph/graph_text.h"
#include "runtime/files.h"

namespace hidet {

namespace {

namespace fs = std::filesystem;

// Named by its content: the same bug leaves one file. Empty: no folder takes it.
std::string keep(std::vector<std::string> folders, const std::string& content,
                 const std::string& ending) {
  folders.push_back(hidet::format("{}/hidet-{}", temporary_root(), getuid()));
  const std::string name = sha256_hex(content).substr(0, 16) + ending;
  for (const std::string& folder : folders) {
    if (folder.empty()) continue;
    const fs::path bugs = fs::absolute(fs::path(folder)) / "bugs";
    std::error_code error;
    fs::create_directories(bugs, error);
    std::string path = (bugs / name).string();
    if (write_new_file(path, content) || read_file(path) == content) return path;
  }
  return {};
}

[[noreturn]] void raise(const std::string& problem, const char* what, const std::string& path,
                        const std::string& arguments) {
  if (path.empty()) throw InternalError(problem);
  throw InternalError(hidet::format("{}\n{}: {}\nto replay it: {}{}", problem, what, path,
                                    replay_command(path), arguments));
}

}  // namespace

void BugReports::report(const PassError& error, const std::string& kernel,
                        const Target& target) const {
  const std::string text = before_pass(error.pass, error.before, kernel, target.name);
  raise(hidet::format("kernel {}: {}", kernel, error.what()), "the program before it",
        keep(folders, text, ".txt"), "");
}

void BugReports::report(const std::exception& error, const Graph& graph,
                        const Target& target) const {
  raise(error.what(), "the graph", keep(folders, print(graph), ".graph"),
        hidet::format(" --isa {}", target.name.substr(target.name.find('-') + 1)));
}

}  // namespace hidet
