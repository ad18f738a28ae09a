static __device__ __forceinline__ float f32_from_bf16(uint16_t x) { return hidet_to_float(bfloat16_t{x}); }
extern "C" __global__ void __launch_bounds__(128, 1)
row_sum_bf16(const uint16_t* __restrict__ x, float* y, int64_t m, int64_t n) {
  const int64_t at = (n + 31) / 32;
  const int64_t block = (int64_t)blockIdx.x;
  const int64_t thread = (int64_t)threadIdx.x;
  float parts[1];
  float sums[1];
  parts[0] = 0.0f;
  const int64_t at_2 = thread / 32;
  const int64_t at_3 = block * 4 + at_2;
  const bool c = at_3 < m;
  const int64_t at_4 = thread % 32;
  if (c) {
    const int64_t at_5 = n * block * 4 + n * at_2;
    for (int64_t step = 0; step < at; ++step) {
      if (step * 32 + at_4 < n) {
        parts[0] = parts[0] + f32_from_bf16(x[at_5 + step * 32 + at_4]);
      }
    }
  }
  float part[1];
  part[0] = 0.0f;
  part[0] = part[0] + parts[0];
  const float part_2 = part[0];
  const float other = __shfl_xor_sync(0xffffffffu, part_2, 1);
  const float sum = part_2 + other;
  const float other_2 = __shfl_xor_sync(0xffffffffu, sum, 2);
  const float sum_2 = sum + other_2;
  const float other_3 = __shfl_xor_sync(0xffffffffu, sum_2, 4);
  const float sum_3 = sum_2 + other_3;
  const float other_4 = __shfl_xor_sync(0xffffffffu, sum_3, 8);
  const float sum_4 = sum_3 + other_4;
  const float other_5 = __shfl_xor_sync(0xffffffffu, sum_4, 16);
  const float sum_5 = sum_4 + other_5;
  sums[0] = sum_5;
  if (at_4 == 0 && c) {
    y[at_3] = sums[0];
  }
}
