#include "runtime/nvrtc.h"

#include <algorithm>
#include <sstream>

#include "runtime/cubin.h"
#include "runtime/nvrtc_library.h"

namespace hidet {

namespace {

// Lines "kernel.cu(12): error: ..." of the compiler's log.
constexpr const char* kFileName = "kernel.cu";

std::string trimmed(const std::string& line) {
  const size_t first = line.find_first_not_of(" \t");
  return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(" \t\r") + 1);
}

std::string line_of(const std::string& text, int number) {
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i < number; ++i)
    if (!std::getline(lines, line)) return "";
  return trimmed(line);
}

// The first error of the log and the line of the text that it is about.
std::string explained(const std::string& log, const std::string& text) {
  const std::string start = std::string(kFileName) + "(";
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const size_t error = line.find(": error");
    if (error == std::string::npos || line.compare(0, start.size(), start) != 0) continue;
    const int number = std::atoi(line.c_str() + start.size());
    return hidet::format("line {}, `{}`{}\n{}", number, line_of(text, number), line.substr(error),
                         log);
  }
  return log;
}

// 90 of "sm_90a"; 0 where the text is no name of an architecture.
int number_of(const std::string& target) {
  if (!target.starts_with("sm_")) return 0;
  size_t end = 3;
  while (end < target.size() && target[end] >= '0' && target[end] <= '9') ++end;
  const std::string suffix = target.substr(end);
  const bool known_suffix = suffix.empty() || suffix == "a" || suffix == "f";
  return end > 3 && end < 9 && known_suffix ? std::atoi(target.c_str() + 3) : 0;
}

// A text of the library behind a pair of functions for its size and its contents.
template <class Program>
std::string text_from(Program program, int (*size_of)(Program, size_t*),
                      int (*copy)(Program, char*)) {
  size_t size = 0;
  if (size_of(program, &size) != 0 || size == 0) return "";
  std::string text(size, '\0');
  if (copy(program, text.data()) != 0) return "";
  return text;
}

std::string without_end(std::string text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == '\n')) text.pop_back();
  return text;
}

// The resources of the binary, with what only the log states.
Result<std::vector<CudaResources>> resources_of(const std::string& cubin, const std::string& log) {
  const auto kernels = read_cubin(cubin);
  if (!kernels) HIDET_DECLINE("{}", kernels.reason());
  const std::vector<CudaResources> logged = resources_in_log(log);
  std::vector<CudaResources> resources;
  for (const CubinKernel& kernel : *kernels) {
    CudaResources row;
    const auto found = std::find_if(logged.begin(), logged.end(),
                                    [&](const auto& each) { return each.kernel == kernel.name; });
    if (found != logged.end()) row = *found;
    row.kernel = kernel.name;
    row.registers = kernel.registers;
    row.static_shared = kernel.static_shared;
    row.barriers = kernel.barriers;
    row.stack = kernel.frame_bytes;
    row.max_threads = kernel.max_threads;
    resources.push_back(std::move(row));
  }
  return resources;
}

}  // namespace

std::string Nvrtc::version() const {
  return hidet::format("{}.{}", library_->major, library_->minor);
}

int Nvrtc::major() const {
  return library_->major;
}

const std::string& Nvrtc::path() const {
  return library_->path;
}

const std::vector<int>& Nvrtc::architectures() const {
  return library_->architectures;
}

Result<std::shared_ptr<const Nvrtc>> Nvrtc::open(const std::vector<std::string>& directories) {
  auto library = open_nvrtc_library(directories);
  if (!library) HIDET_DECLINE("{}", library.reason());
  return std::shared_ptr<const Nvrtc>(new Nvrtc(*library));
}

std::vector<std::string> Nvrtc::options(const std::string& target) const {
  // A fused multiply-add is an operation of its own in our programs.
  std::vector<std::string> options = {"--gpu-architecture=" + target, "--std=c++17", "--fmad=false",
                                      "--ptxas-options=-v", "-DNDEBUG"};
  // No textures and no cooperative groups: less to read for each kernel.
  if (library_->major >= 13) options.emplace_back("--minimal");
  return options;
}

Result<CudaBinary> Nvrtc::compile(const std::string& text, const std::string& target) const {
  const std::vector<int>& known = library_->architectures;
  if (std::find(known.begin(), known.end(), number_of(target)) == known.end()) {
    std::string names;
    for (int number : known) names += hidet::format("{}sm_{}", names.empty() ? "" : ", ", number);
    HIDET_DECLINE("NVRTC {} ({}) knows no architecture '{}'; it knows {}", version(), path(),
                  target, names);
  }
  const NvrtcFunctions& nvrtc = library_->functions;
  NvrtcProgram program = nullptr;
  if (int error = nvrtc.create(&program, text.c_str(), kFileName, 0, nullptr, nullptr))
    HIDET_DECLINE("NVRTC {}: {}", version(), nvrtc.error_text(error));
  const auto destroy = [&](NvrtcProgram* each) { nvrtc.destroy(each); };
  const std::unique_ptr<NvrtcProgram, decltype(destroy)> owner(&program, destroy);

  const std::vector<std::string> words = options(target);
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const int error = nvrtc.compile(program, static_cast<int>(arguments.size()), arguments.data());
  CudaBinary binary;
  binary.log = without_end(text_from(program, nvrtc.log_size, nvrtc.log));
  if (error)
    HIDET_DECLINE("NVRTC {} for {}: {}: {}", version(), target, nvrtc.error_text(error),
                  explained(binary.log, text));
  binary.cubin = text_from(program, nvrtc.cubin_size, nvrtc.cubin);
  binary.ptx = without_end(text_from(program, nvrtc.ptx_size, nvrtc.ptx));
  auto resources = resources_of(binary.cubin, binary.log);
  if (!resources) HIDET_DECLINE("NVRTC {} for {}: {}", version(), target, resources.reason());
  binary.resources = std::move(*resources);
  return binary;
}

Result<CudaBinary> compile_cuda(const std::string& text, const std::string& target,
                                const std::vector<std::string>& directories) {
  const auto nvrtc = Nvrtc::open(directories);
  if (!nvrtc) HIDET_DECLINE("{}", nvrtc.reason());
  return (*nvrtc)->compile(text, target);
}

}  // namespace hidet
