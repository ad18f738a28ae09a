#include "runtime/code_library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "runtime/files.h"

namespace hidet {

Result<std::shared_ptr<const CodeLibrary>> CodeLibrary::open(std::string_view shared_object) {
  auto make = [&](void* handle, int file) {
    return std::shared_ptr<const CodeLibrary>(
        new CodeLibrary(std::string(shared_object), handle, file));
  };
  std::string error = "no temporary file";
  std::string path = temporary_root() + "/hidet-XXXXXX";
  int file = mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) {
    bool written = write_all(file, shared_object);
    close(file);
    void* handle = written ? dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (!handle && written) error = dlerror();
    unlink(path.c_str());
    if (handle) return make(handle, -1);
  }
  // No room there, or nothing there may be run: an anonymous file. It stays open, for the loader
  // tells libraries apart by name and the name is the number of the open file.
  file = memfd_create("hidet", MFD_CLOEXEC);
  if (file >= 0) {
    path = "/proc/self/fd/" + std::to_string(file);
    if (write_all(file, shared_object))
      if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return make(handle, file);
    close(file);
  }
  HIDET_DECLINE("a shared object cannot be loaded: {}", error);
}

CodeLibrary::~CodeLibrary() {
  dlclose(handle_);
  if (file_ >= 0) close(file_);
}

void* CodeLibrary::symbol(const std::string& name) const {
  return dlsym(handle_, name.c_str());
}

}  // namespace hidet
