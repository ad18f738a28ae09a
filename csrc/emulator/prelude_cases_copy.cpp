// Cases of asynchronous copies: cp.async, and boxes of tensors.
#include "emulator/prelude_cases.h"

namespace hidet {

namespace {

// Every number of bytes that a copy of this size may take from global memory; two groups.
PreludeCase copy_case(int size) {
  const std::string name = hidet::format("cp_async_{}", size);
  const std::string statements = hidet::format(
      "  for (int i = 0; i < 2; ++i) {{\n"
      "    hidet_cp_async_{0}(shared + i * 512 + t * {0}, in + i * 512 + t * {0}, t * 7 % ({0} + "
      "1));\n"
      "    hidet_cp_async_commit();\n"
      "  }}\n"
      "  hidet_cp_async_wait<1>();\n"
      "  for (int i = 0; i < {0}; ++i) out[t * {0} + i] = shared[t * {0} + i];\n"
      "  hidet_cp_async_wait<0>();\n"
      "  for (int i = 0; i < {0}; ++i) out[512 + t * {0} + i] = shared[512 + t * {0} + i];\n",
      size);
  return {.name = name,
          .text = case_text(name, "unsigned char", "unsigned char", 32, statements),
          .shared_bytes = 1024,
          .input = case_bytes(1024),
          .output_bytes = 1024};
}

struct Box {
  std::string name;
  DType dtype;
  std::vector<uint64_t> sizes;
  std::vector<uint32_t> box;
  std::string coordinates;
  int pattern = 0;
};

PreludeCase box_case(const Box& box) {
  const int rank = static_cast<int>(box.sizes.size());
  const int64_t element = bits_of(box.dtype) / 8;
  TensorMapRequest request{.dtype = box.dtype, .rank = rank, .swizzle_bytes = box.pattern};
  int64_t bytes = element, stride = element;
  for (int i = 0; i < rank; ++i) {
    const auto at = static_cast<size_t>(i);
    request.sizes[at] = box.sizes[at];
    request.box[at] = box.box[at];
    bytes *= box.box[at];
    stride *= static_cast<int64_t>(box.sizes[at]);
    stride = (stride + 15) / 16 * 16;  // rows may be further apart than they are long
    if (i + 1 < rank) request.strides[at] = static_cast<uint64_t>(stride);
  }
  const std::string statements = hidet::format(
      "  uint64_t* barrier = (uint64_t*)(shared + {0});\n"
      "  if (t == 0) {{\n"
      "    hidet_mbarrier_init(barrier, 1);\n"
      "    hidet_mbarrier_fence();\n"
      "    hidet_mbarrier_expect(barrier, {0});\n"
      "    hidet_tma_load_{1}d(shared, &map0, {2}, barrier);\n"
      "  }}\n"
      "  __syncthreads();\n"
      "  hidet_mbarrier_wait(barrier, 0);\n"
      "  for (int i = t; i < {0}; i += 64) out[i] = shared[i];\n",
      bytes, rank, box.coordinates);
  return {.name = box.name,
          .text = case_text(box.name, "unsigned char", "unsigned char", 64, statements, 1),
          .sm = 90,
          .threads = 64,
          .shared_bytes = bytes + 16,
          .input = case_bytes(static_cast<size_t>(stride)),
          .output_bytes = bytes,
          .maps = {{.buffer = 0, .request = request}}};
}

}  // namespace

std::vector<PreludeCase> copy_cases() {
  std::vector<PreludeCase> cases;
  for (const int size : {4, 8, 16}) cases.push_back(copy_case(size));
  using enum DType;
  const std::vector<Box> boxes = {
      {"tma_load_1d", f32, {100}, {64}, "48"},
      {"tma_load_2d", bf16, {40, 20}, {16, 8}, "-8, 15"},
      {"tma_load_2d_bytes", u8, {75, 9}, {32, 4}, "50, -2"},
      {"tma_load_2d_pattern_32", f16, {40, 70}, {16, 64}, "24, 8", 32},
      {"tma_load_2d_pattern_64", bf16, {40, 70}, {32, 64}, "16, 8", 64},
      {"tma_load_2d_pattern_128", bf16, {200, 70}, {64, 64}, "64, 8", 128},
      {"tma_load_2d_floats_128", f32, {70, 40}, {32, 32}, "40, 16", 128},
      {"tma_load_3d", f32, {20, 10, 6}, {8, 4, 3}, "14, -1, 4"},
      {"tma_load_4d", f16, {24, 6, 5, 4}, {8, 2, 3, 2}, "16, 5, -1, 1"},
      {"tma_load_5d", f16, {16, 4, 3, 3, 4}, {8, 2, 2, 2, 2}, "8, 1, 2, -1, 3"},
  };
  for (const Box& box : boxes) cases.push_back(box_case(box));
  return cases;
}

}  // namespace hidet
