// The CUDA targets.
#include <algorithm>

#include "base/error.h"
#include "target/target.h"

namespace hidet {

namespace {

struct Row {
  const char* name;
  int major, minor;  // compute capability
  std::vector<std::string> features;
  CudaDevice device;
};

const std::vector<std::string> kAmpere = {"cp_async", "mbarrier"};
const std::vector<std::string> kBlackwell = {"cp_async", "mbarrier", "tma", "clusters",
                                             "setmaxnreg"};
const std::vector<std::string> kHopper = {"cp_async", "mbarrier",   "tma",
                                          "clusters", "setmaxnreg", "wgmma"};

// Those with a letter in their name run on exactly one compute capability.
const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"sm_80",
       8,
       0,
       kAmpere,
       // A100, 80 GB
       {.multiprocessors = 108,
        .clock_hertz = 1.41e9,
        .memory_bytes_per_second = 2039e9,
        .l2_bytes = 40 << 20,
        .max_threads = 2048,
        .max_blocks = 32,
        .registers = 65536,
        .shared_bytes = 164 << 10,
        .shared_bytes_of_block = 163 << 10,
        .f32_rate = 128,
        .f64_rate = 64,
        .f16_product_rate = 2048,
        .tf32_product_rate = 1024,
        .i8_product_rate = 4096}},
      {"sm_86",
       8,
       6,
       kAmpere,
       // A40
       {.multiprocessors = 84,
        .clock_hertz = 1.74e9,
        .memory_bytes_per_second = 696e9,
        .l2_bytes = 6 << 20,
        .max_threads = 1536,
        .max_blocks = 16,
        .registers = 65536,
        .shared_bytes = 100 << 10,
        .shared_bytes_of_block = 99 << 10,
        .f32_rate = 256,
        .f64_rate = 4,
        .f16_product_rate = 1024,
        .tf32_product_rate = 512,
        .i8_product_rate = 2048}},
      {"sm_89",
       8,
       9,
       kAmpere,
       // L40S
       {.multiprocessors = 142,
        .clock_hertz = 2.52e9,
        .memory_bytes_per_second = 864e9,
        .l2_bytes = 96 << 20,
        .max_threads = 1536,
        .max_blocks = 24,
        .registers = 65536,
        .shared_bytes = 100 << 10,
        .shared_bytes_of_block = 99 << 10,
        .f32_rate = 256,
        .f64_rate = 4,
        .f16_product_rate = 1024,
        .tf32_product_rate = 512,
        .i8_product_rate = 2048}},
      {"sm_90a",
       9,
       0,
       kHopper,
       // H100 SXM
       {.multiprocessors = 132,
        .clock_hertz = 1.83e9,
        .memory_bytes_per_second = 3350e9,
        .l2_bytes = 50 << 20,
        .max_threads = 2048,
        .max_blocks = 32,
        .registers = 65536,
        .shared_bytes = 228 << 10,
        .shared_bytes_of_block = 227 << 10,
        .f32_rate = 256,
        .f64_rate = 128,
        .f16_product_rate = 4096,
        .tf32_product_rate = 2048,
        .i8_product_rate = 8192}},
      {"sm_100a",
       10,
       0,
       kBlackwell,
       // B200. The rates of products are those of its own instructions, which no template uses.
       {.multiprocessors = 148,
        .clock_hertz = 1.86e9,
        .memory_bytes_per_second = 7700e9,
        .l2_bytes = 126 << 20,
        .max_threads = 2048,
        .max_blocks = 32,
        .registers = 65536,
        .shared_bytes = 228 << 10,
        .shared_bytes_of_block = 227 << 10,
        .f32_rate = 256,
        .f64_rate = 128,
        .f16_product_rate = 8192,
        .tf32_product_rate = 4096,
        .i8_product_rate = 16384}},
      {"sm_120a",
       12,
       0,
       kBlackwell,
       // RTX 5090
       {.multiprocessors = 170,
        .clock_hertz = 2.41e9,
        .memory_bytes_per_second = 1792e9,
        .l2_bytes = 96 << 20,
        .max_threads = 1536,
        .max_blocks = 24,
        .registers = 65536,
        .shared_bytes = 100 << 10,
        .shared_bytes_of_block = 99 << 10,
        .f32_rate = 256,
        .f64_rate = 4,
        .f16_product_rate = 512,
        .tf32_product_rate = 256,
        .i8_product_rate = 2048}}};
  return table;
}

std::string joined_names() {
  std::string text;
  for (const std::string& name : cuda_target_names()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

const std::vector<std::string>& cuda_target_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const Row& row : rows()) result.emplace_back(row.name);
    return result;
  }();
  return names;
}

Target cuda_target(std::string_view name) {
  const auto row = std::find_if(rows().begin(), rows().end(),
                                [&](const Row& each) { return each.name == name; });
  HIDET_REQUIRE(row != rows().end(), "no CUDA target '{}': there are {}", name, joined_names());
  Target target;
  target.name = row->name;
  target.kind = TargetKind::cuda;
  target.features = row->features;
  target.cuda = row->device;
  target.cores = row->device.multiprocessors;
  target.l1_bytes = row->device.shared_bytes;
  target.l2_bytes = row->device.l2_bytes;
  target.l3_bytes = 0;
  return target;
}

Result<std::string> cuda_target_of_capability(int major, int minor) {
  HIDET_DECLINE_UNLESS(major >= 8,
                       "a GPU of compute capability {}.{} is older than sm_80, the oldest that "
                       "kernels are compiled for",
                       major, minor);
  const Row* best = nullptr;
  for (const Row& row : rows()) {
    const bool exact = std::string_view(row.name).ends_with('a');
    if (row.major == major && (exact ? row.minor == minor : row.minor <= minor)) best = &row;
  }
  HIDET_DECLINE_UNLESS(best, "no target is for GPUs of compute capability {}.{}: there are {}",
                       major, minor, joined_names());
  return std::string(best->name);
}

}  // namespace hidet
