#include "emulator/launch_with_maps.h"

#include "emulator/block_runner.h"
#include "emulator/tensor_box.h"

namespace hidet {

void launch_with_maps(const EmulatedKernel& kernel, const MapLaunch& launch) {
  GlobalMemory global(launch.buffers);
  std::vector<uint64_t> arguments;
  for (size_t i = 0; i < launch.buffers.size(); ++i)
    arguments.push_back(reinterpret_cast<uint64_t>(global.address(static_cast<int>(i))));
  std::vector<EmulatedTensorMap> maps;
  maps.reserve(launch.maps.size());
  for (const MapOfBuffer& each : launch.maps) {
    TensorMapRequest request = each.request;
    request.address = static_cast<unsigned char*>(global.address(each.buffer)) + each.offset;
    const auto map = emulate_tensor_map(request);
    HIDET_REQUIRE(map, "{}: {}", kernel.code().symbol, map.reason());
    maps.push_back(*map);
    arguments.push_back(reinterpret_cast<uint64_t>(&maps.back()));
  }
  EmulatedLaunch emulated{.code = &kernel.code(),
                          .arguments = arguments.data(),
                          .threads = launch.threads,
                          .shared_bytes = launch.shared_bytes,
                          .schedule = launch.schedule,
                          .global = &global};
  emulated.grid[0] = static_cast<uint32_t>(launch.blocks);
  LaunchOutcome outcome;
  BlockRunner& runner = BlockRunner::of_this_thread();
  for (int64_t block = 0; block < launch.blocks && !outcome.stopped(); ++block)
    runner.run(emulated, block, outcome);
  if (outcome.finding())
    HIDET_USER_ERROR(runtime, "emulated kernel: {}", outcome.finding()->report());
  global.copy_back();
}

}  // namespace hidet
