// open_nvrtc_library: finds NVIDIA's runtime compiler and its functions.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace hidet {

// The library's C interface, in our own words; each returns 0 or the number of an error.
using NvrtcProgram = struct NvrtcProgramOpaque*;

struct NvrtcFunctions {
  int (*version)(int* major, int* minor);
  int (*architecture_count)(int* count);
  int (*architectures)(int* numbers);
  int (*create)(NvrtcProgram*, const char* text, const char* name, int headers,
                const char* const* header_texts, const char* const* header_names);
  int (*destroy)(NvrtcProgram*);
  int (*compile)(NvrtcProgram, int count, const char* const* options);
  int (*log_size)(NvrtcProgram, size_t*);
  int (*log)(NvrtcProgram, char*);
  int (*ptx_size)(NvrtcProgram, size_t*);
  int (*ptx)(NvrtcProgram, char*);
  int (*cubin_size)(NvrtcProgram, size_t*);
  int (*cubin)(NvrtcProgram, char*);
  const char* (*error_text)(int error);
};

// Never closed: it keeps threads and exit handlers.
struct NvrtcLibrary {
  NvrtcFunctions functions{};
  std::string path;
  int major = 0, minor = 0;
  std::vector<int> architectures;
};

// See Nvrtc::open.
Result<std::shared_ptr<const NvrtcLibrary>> open_nvrtc_library(
    const std::vector<std::string>& directories);

}  // namespace hidet
