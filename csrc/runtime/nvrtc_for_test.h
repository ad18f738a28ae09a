// The runtime compiler for tests: in a Python environment of $PATH, or wherever it is looked for.
#pragma once

#include <glob.h>

#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/nvrtc.h"

namespace hidet {

inline std::vector<std::string> nvrtc_folders_for_test() {
  std::vector<std::string> folders;
  const char* path = std::getenv("PATH");
  std::istringstream programs(path ? path : "");
  for (std::string folder; std::getline(programs, folder, ':');) {
    for (const char* below : {"cu[0-9]*", "cuda_nvrtc"}) {
      glob_t found{};
      const std::string pattern =
          folder + "/../lib/python3*/site-packages/nvidia/" + below + "/lib";
      if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
        folders.insert(folders.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
      globfree(&found);
    }
  }
  return folders;
}

inline Result<std::shared_ptr<const Nvrtc>> nvrtc_for_test() {
  return Nvrtc::open(nvrtc_folders_for_test());
}

}  // namespace hidet

// Declares `name`, or skips the test with what was tried.
#define HIDET_NVRTC_OR_SKIP(name)                           \
  const auto name##_found = ::hidet::nvrtc_for_test();      \
  if (!name##_found) GTEST_SKIP() << name##_found.reason(); \
  const ::hidet::Nvrtc& name = **name##_found
