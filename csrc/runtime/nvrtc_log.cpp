// What the assembler says about each kernel, under --ptxas-options=-v:
//   ptxas info    : Compiling entry function 'name' for 'sm_90a'
//   ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
//   ptxas info    : Used 24 registers, used 1 barriers, 512 bytes smem, 380 bytes cmem[0]
// and advisories, as "ptxas info    : (C7510) ... in the function 'name'".
#include <algorithm>
#include <regex>
#include <sstream>

#include "runtime/nvrtc.h"

namespace hidet {

std::vector<CudaResources> resources_in_log(const std::string& log) {
  static const std::regex entry(R"(Compiling entry function '([^']+)')");
  static const std::regex stack(
      R"((\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads)");
  static const std::regex properties(R"(Function properties for '?([^' ]+)'?)");
  static const std::regex registers(R"(Used (\d+) registers)");
  static const std::regex barriers(R"(used (\d+) barriers)");
  static const std::regex shared(R"((\d+) bytes smem)");
  static const std::regex advisory(R"(\((C7\d\d\d)\)\s*(.*))");
  std::vector<CudaResources> kernels;
  std::vector<std::string> advisories;
  std::istringstream lines(log);
  // Device functions have properties, too, but no entry.
  std::string function;
  std::smatch match;
  auto number = [&](int group) { return std::stoi(match[group].str()); };
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, match, advisory)) {
      advisories.push_back(match[1].str() + " " + match[2].str());
    } else if (std::regex_search(line, match, entry)) {
      function = match[1].str();
      kernels.push_back({.kernel = function});
    } else if (std::regex_search(line, match, properties)) {
      function = match[1].str();
    } else if (!kernels.empty() && function == kernels.back().kernel &&
               std::regex_search(line, match, stack)) {
      kernels.back().stack = number(1);
      kernels.back().spill_stores = number(2);
      kernels.back().spill_loads = number(3);
    } else if (!kernels.empty() && std::regex_search(line, match, registers)) {
      kernels.back().registers = number(1);
      if (std::regex_search(line, match, barriers)) kernels.back().barriers = number(1);
      if (std::regex_search(line, match, shared)) kernels.back().static_shared = number(1);
    }
  }
  for (CudaResources& kernel : kernels) {
    const std::string quoted = "'" + kernel.kernel + "'";
    for (const std::string& each : advisories) {
      const bool names_another = std::any_of(kernels.begin(), kernels.end(), [&](const auto& k) {
        return k.kernel != kernel.kernel && each.find("'" + k.kernel + "'") != std::string::npos;
      });
      if (each.find(quoted) != std::string::npos || !names_another)
        kernel.advisories.push_back(each);
    }
  }
  return kernels;
}

}  // namespace hidet
