#include "emulator/emulated_kernel.h"

#include <dlfcn.h>

#include "emulator/block_runner.h"
#include "emulator/emulation_scope.h"
#include "emulator/emulator_table.h"
#include "emulator/tensor_box.h"
#include "prelude/cuda_emulated.h"
#include "runtime/tensor_map.h"

namespace hidet {

namespace {

// Accesses come to the emulator as those of ThreadSanitizer would come to its library; findings
// unwind the kernel's frames by exceptions. Nothing is moved past what other threads might do.
std::vector<std::string> flags_of(const HostCompiler& compiler) {
  std::vector<std::string> flags = {
      "-fsanitize=thread",           "-g1", "-gdwarf-4", "-fexceptions", "-fno-omit-frame-pointer",
      "-fasynchronous-unwind-tables"};
  if (compiler.family == HostCompiler::Family::gcc)
    for (const char* flag : {"-fno-tree-vectorize", "--param=tsan-instrument-func-entry-exit=0",
                             "-fno-optimize-sibling-calls", "-fno-thread-jumps", "-fno-tree-sra"})
      flags.emplace_back(flag);
  else
    flags.emplace_back("-fno-vectorize");
#if defined(__x86_64__)
  if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2"))
    for (const char* flag : {"-mavx2", "-mfma", "-mf16c"}) flags.emplace_back(flag);
#endif
  return flags;
}

struct BlocksOfLaunch {
  const EmulatedLaunch& launch;
  LaunchOutcome& outcome;
};

void run_blocks(int64_t begin, int64_t end, void* context) {
  auto& [launch, outcome] = *static_cast<BlocksOfLaunch*>(context);
  BlockRunner& runner = BlockRunner::of_this_thread();
  for (int64_t block = begin; block < end && !outcome.stopped(); block++)
    runner.run(launch, block, outcome);
}

}  // namespace

KernelSource emulated_source(const std::string& symbol, const std::string& text,
                             const HostCompiler& compiler) {
  return {.symbol = symbol + "_emulated",
          .text = emulated_kernel_text(symbol, text),
          .target_flags = flags_of(compiler),
          .unit_text = cuda_prelude_emulated()};
}

EmulatedKernel::EmulatedKernel(LoadedKernel loaded, const std::string& symbol,
                               const std::string& text)
    : loaded_(std::move(loaded)) {
  HIDET_ASSERT(loaded_.function && loaded_.library, "{} is not loaded", symbol);
  code_.symbol = symbol;
  code_.text = text;
  code_.entry = reinterpret_cast<EmulatedEntry>(reinterpret_cast<void*>(loaded_.function));
  code_.lines = LineTable(loaded_.library->contents());
  Dl_info info;
  HIDET_ASSERT(dladdr(reinterpret_cast<void*>(code_.entry), &info), "{} lies nowhere", symbol);
  code_.base = reinterpret_cast<uintptr_t>(info.dli_fbase);
  code_.end = code_.base + loaded_.library->contents().size();
  void* attach = loaded_.library->symbol(kEmulatorAttach);
  HIDET_ASSERT(attach, "{} has no emulated prelude", symbol);
  reinterpret_cast<void (*)(const EmulatorInterface*)>(attach)(&emulator_table());
}

int32_t EmulatedKernel::launch(const KernelRecord& record, const DeviceLaunch& launch,
                               Host& host) const {
  HIDET_REQUIRE(launch.device.kind == DeviceKind::cpu,
                "{} is emulated on the CPU: its tensors have "
                "to be there",
                record.symbol);
  std::vector<GlobalBuffer> buffers;
  for (const KernelArgument& argument : record.arguments)
    if (argument.kind == KernelArgument::Kind::buffer) {
      const size_t i = buffers.size();
      buffers.push_back({.data = launch.buffers[i],
                         .bytes = launch.buffer_bytes[i],
                         .written = argument.written,
                         .element_bytes = static_cast<int>(bytes_of(argument.dtype))});
    }
  int32_t status = 0;
  buffers.push_back({.data = &status, .bytes = sizeof(status), .written = true});
  GlobalMemory global(buffers);
  std::vector<uint64_t> arguments;
  for (size_t i = 0; i + 1 < buffers.size(); i++)
    arguments.push_back(reinterpret_cast<uint64_t>(global.address(static_cast<int>(i))));
  for (const int64_t size : launch.sizes) arguments.push_back(static_cast<uint64_t>(size));
  if (record.has_status || record.maps.empty())
    arguments.push_back(
        reinterpret_cast<uint64_t>(global.address(static_cast<int>(buffers.size()) - 1)));
  std::vector<EmulatedTensorMap> maps;
  maps.reserve(record.maps.size());
  for (const TensorMapRecipe& recipe : record.maps) {
    const auto map =
        emulate_tensor_map(tensor_map_request(recipe, global.address(recipe.buffer), launch.sizes));
    HIDET_REQUIRE(map, "{}: {}", record.symbol, map.reason());
    arguments.push_back(reinterpret_cast<uint64_t>(&maps.emplace_back(*map)));
  }

  const EmulationSettings settings = EmulationScope::current();
  EmulatedLaunch emulated{.code = &code_,
                          .arguments = arguments.data(),
                          .threads = launch.threads,
                          .shared_bytes = launch.shared_bytes,
                          .schedule = settings.schedule,
                          .global = &global,
                          .counted_blocks = settings.log ? settings.counted_blocks : 0};
  for (int axis = 0; axis < 3; axis++)
    emulated.grid[axis] = static_cast<uint32_t>(launch.grid[axis]);
  LaunchOutcome outcome;
  BlocksOfLaunch context{emulated, outcome};
  host.parallel_for(0, emulated.blocks(), 1, run_blocks, &context);
  if (settings.log) settings.log->add(emulated, outcome);
  if (outcome.finding())
    HIDET_USER_ERROR(runtime, "emulated kernel: {}", outcome.finding()->report());
  global.copy_back();
  return status;
}

}  // namespace hidet
