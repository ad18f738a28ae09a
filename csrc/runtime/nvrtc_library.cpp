#include "runtime/nvrtc_library.h"

#include <dlfcn.h>
#include <glob.h>
#include <link.h>

#include <cstdlib>
#include <map>
#include <mutex>

namespace hidet {

namespace {

using Library = std::shared_ptr<const NvrtcLibrary>;

// Names as the loader knows them, newest first. 12.x numbers its libraries 12.
const std::vector<std::string> kNames = {"libnvrtc.so.14", "libnvrtc.so.13", "libnvrtc.so.12",
                                         "libnvrtc.so"};

std::vector<std::string> files_like(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> files;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return files;
}

std::string path_of(void* handle) {
  link_map* map = nullptr;
  return dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map ? map->l_name : "";
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

// Some packages of the library do not find its second half, which it opens by name at the first
// compilation: in the process already, it is found.
void load_builtins(const std::string& folder) {
  for (const std::string& file : files_like(folder + "/libnvrtc-builtins.so.*"))
    if (dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL)) return;
}

Result<Library> with_functions(void* handle) {
  auto library = std::make_shared<NvrtcLibrary>();
  library->path = path_of(handle);
  std::string missing;
  auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(handle, name));
    if (!function) missing = name;
  };
  NvrtcFunctions& f = library->functions;
  find(f.version, "nvrtcVersion");
  find(f.architecture_count, "nvrtcGetNumSupportedArchs");
  find(f.architectures, "nvrtcGetSupportedArchs");
  find(f.create, "nvrtcCreateProgram");
  find(f.destroy, "nvrtcDestroyProgram");
  find(f.compile, "nvrtcCompileProgram");
  find(f.log_size, "nvrtcGetProgramLogSize");
  find(f.log, "nvrtcGetProgramLog");
  find(f.ptx_size, "nvrtcGetPTXSize");
  find(f.ptx, "nvrtcGetPTX");
  find(f.cubin_size, "nvrtcGetCUBINSize");
  find(f.cubin, "nvrtcGetCUBIN");
  find(f.error_text, "nvrtcGetErrorString");
  HIDET_DECLINE_UNLESS(missing.empty(), "{} has no function {}: NVRTC 11.2 or newer is needed",
                       library->path, missing);
  int count = 0;
  f.version(&library->major, &library->minor);
  f.architecture_count(&count);
  library->architectures.resize(count);
  f.architectures(library->architectures.data());
  load_builtins(folder_of(library->path));
  return Library(std::move(library));
}

Result<Library> open_file(const std::string& file) {
  load_builtins(folder_of(file));
  if (void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return with_functions(handle);
  HIDET_DECLINE("{}", dlerror());
}

Result<Library> search(const std::vector<std::string>& directories) {
  for (const std::string& name : kNames)
    if (void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD)) return with_functions(handle);
  std::string tried;
  auto search_folder = [&](const std::string& folder) -> Library {
    tried += "\n  " + folder + "/libnvrtc.so.*";
    for (const std::string& file : files_like(folder + "/libnvrtc.so.[0-9]*")) {
      const auto library = open_file(file);
      if (library) return *library;
      tried += ": " + library.reason();
    }
    return nullptr;
  };
  for (const std::string& folder : directories)
    if (Library library = search_folder(folder)) return library;
  for (const std::string& name : kNames)
    if (void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return with_functions(handle);
  tried += "\n  the loader's path";
  const char* home = std::getenv("CUDA_HOME");
  for (const std::string& root : {std::string(home ? home : ""), std::string("/usr/local/cuda")})
    if (!root.empty())
      if (Library library = search_folder(root + "/lib64")) return library;
  HIDET_DECLINE(
      "NVRTC, which compiles CUDA kernels, is not found. PyTorch with CUDA brings it, as does "
      "`pip install nvidia-cuda-nvrtc`; HIDET_NVRTC_PATH names its file. Tried:{}",
      tried);
}

}  // namespace

Result<Library> open_nvrtc_library(const std::vector<std::string>& directories) {
  static std::mutex mutex;
  static auto& by_path = *new std::map<std::string, Library>;
  const char* variable = std::getenv("HIDET_NVRTC_PATH");
  const std::string explicit_path = variable ? variable : "";
  const std::lock_guard lock(mutex);
  if (auto found = by_path.find(explicit_path); found != by_path.end()) return found->second;
  auto library = explicit_path.empty() ? search(directories) : open_file(explicit_path);
  if (library) {
    by_path[explicit_path] = *library;
  } else if (!explicit_path.empty()) {
    HIDET_DECLINE("HIDET_NVRTC_PATH={}: {}", explicit_path, library.reason());
  }
  return library;
}

}  // namespace hidet
