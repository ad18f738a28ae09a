// run_text: a kernel's CUDA text under the emulator, for tests.
#pragma once

#include <string>
#include <vector>

#include "emulator/emulated_kernel.h"
#include "emulator/emulation_scope.h"
#include "runtime/fake_host.h"
#include "runtime/kernel_store.h"

namespace hidet {

struct TextBuffer {
  void* data;
  int64_t bytes;
  DType dtype = DType::f32;
  bool written = false;
};
template <class T>
TextBuffer input(std::vector<T>& values, DType dtype = DType::f32) {
  return {values.data(), static_cast<int64_t>(values.size() * sizeof(T)), dtype, false};
}
template <class T>
TextBuffer output(std::vector<T>& values, DType dtype = DType::f32) {
  return {values.data(), static_cast<int64_t>(values.size() * sizeof(T)), dtype, true};
}

struct TextLaunch {
  std::vector<TextBuffer> buffers;
  std::vector<int64_t> sizes = {};
  int64_t blocks = 1;
  int threads = 32;
  int64_t shared_bytes = 0;
  Schedule schedule = {};
  std::shared_ptr<EmulationLog> log = {};  // of all blocks
  std::vector<TensorMapRecipe> maps = {};
  int host_threads = 0;  // that run blocks; 1: blocks run in order; 0: several
};

// Compiles them at once, and keeps them: __global__ functions named `kernel`.
inline std::vector<LoadedKernel> load_texts(const std::vector<std::string>& texts) {
  static KernelStore store(nullptr);
  const auto compiler = find_host_compiler();
  HIDET_ASSERT(compiler, "{}", compiler.reason());
  std::vector<KernelSource> sources;
  for (const std::string& text : texts)
    sources.push_back(emulated_source("kernel", text, *compiler));
  auto loaded = store.obtain(sources, *compiler);
  HIDET_ASSERT(loaded, "{}", loaded.reason());
  return *std::move(loaded);
}

// Empty, or what was found.
inline std::string run_text(const std::string& text, const TextLaunch& launch,
                            int32_t* status = nullptr) {
  const EmulatedKernel kernel(load_texts({text})[0], "kernel", text);
  KernelRecord record;
  record.symbol = "kernel";
  record.maps = launch.maps;
  DeviceLaunch device;
  std::vector<void*> pointers;
  std::vector<int64_t> bytes;
  for (const TextBuffer& buffer : launch.buffers) {
    record.arguments.push_back({.dtype = buffer.dtype, .written = buffer.written});
    pointers.push_back(buffer.data);
    bytes.push_back(buffer.bytes);
  }
  for (size_t i = 0; i < launch.sizes.size(); i++)
    record.arguments.push_back({.kind = KernelArgument::Kind::size, .dtype = DType::i64});
  device.grid[0] = launch.blocks;
  device.threads = launch.threads;
  device.shared_bytes = launch.shared_bytes;
  device.buffers = pointers;
  device.buffer_bytes = bytes;
  device.sizes = launch.sizes;
  FakeHost host;
  if (launch.host_threads > 0) host.threads = launch.host_threads;
  try {
    const EmulationScope scope(
        {.schedule = launch.schedule, .log = launch.log, .counted_blocks = launch.blocks});
    const int32_t reported = kernel.launch(record, device, host);
    if (status) *status = reported;
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace hidet
