// TestKernel: a kernel's CUDA text under the emulator, with tensor maps, for tests of the prelude's
// instructions.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "emulator/launch_with_maps.h"
#include "runtime/kernel_store.h"

namespace hidet {

inline EmulatedKernel emulated_text(const std::string& text) {
  static KernelStore store(nullptr);
  const auto compiler = find_host_compiler();
  HIDET_ASSERT(compiler, "{}", compiler.reason());
  const std::vector<KernelSource> sources = {emulated_source("kernel", text, *compiler)};
  const auto loaded = store.obtain(sources, *compiler);
  HIDET_ASSERT(loaded, "{}", loaded.reason());
  return EmulatedKernel((*loaded)[0], "kernel", text);
}

// Empty, or what was found.
inline std::string run_maps(const EmulatedKernel& kernel, const MapLaunch& launch) {
  try {
    launch_with_maps(kernel, launch);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

// `text` with the first `from` replaced, which it must have.
inline std::string changed(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  HIDET_ASSERT(at != text.npos, "{} is not in the text", from);
  return text.replace(at, from.size(), to);
}

inline void expect_parts(const std::string& found, const std::vector<const char*>& parts) {
  for (const char* part : parts)
    EXPECT_NE(found.find(part), std::string::npos) << part << "\n" << found;
}

template <class T>
GlobalBuffer global_input(std::vector<T>& values) {
  return {values.data(), static_cast<int64_t>(values.size() * sizeof(T)), false, sizeof(T)};
}
template <class T>
GlobalBuffer global_output(std::vector<T>& values) {
  return {values.data(), static_cast<int64_t>(values.size() * sizeof(T)), true, sizeof(T)};
}

}  // namespace hidet
