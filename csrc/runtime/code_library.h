// CodeLibrary: a shared object in memory, opened; its functions stay valid as long as it lives.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/device_kernel.h"

namespace hidet {

class CodeLibrary {
 public:
  // Opens a private copy of the bytes, so that no file of another process is mapped.
  static Result<std::shared_ptr<const CodeLibrary>> open(std::string_view shared_object);
  ~CodeLibrary();
  CodeLibrary(const CodeLibrary&) = delete;

  // Null: no such symbol.
  void* symbol(const std::string& name) const;
  // The bytes that were opened.
  const std::string& contents() const { return contents_; }

 private:
  CodeLibrary(std::string contents, void* handle, int file)
      : contents_(std::move(contents)), handle_(handle), file_(file) {}
  std::string contents_;
  void* handle_;
  int file_;  // kept open for an anonymous file, else -1
};

// One of the two forms.
struct LoadedKernel {
  CpuKernel function = nullptr;
  std::shared_ptr<const CodeLibrary> library;  // may be null for functions linked in
  std::shared_ptr<const DeviceKernel> device;
};

}  // namespace hidet
