static __device__ __forceinline__ float max_f32(float a, float b) { return a > b ? a : b; }
extern "C" __global__ void __launch_bounds__(256, 1)
add_relu_f32_general(const float* __restrict__ x, const float* __restrict__ bias, float* y, int64_t m, int64_t n) {
  const int64_t at = (n + 1023) / 1024;
  const int64_t block = (int64_t)blockIdx.x;
  const int64_t at_2 = block / at;
  const int64_t at_3 = block % at;
  const int64_t thread = (int64_t)threadIdx.x;
  const int64_t row = at_2;
  const int64_t chunk = at_3;
  const int64_t at_4 = chunk * 1024 + thread * 4;
  const int64_t at_5 = n * row + chunk * 1024 + thread * 4;
  for (int64_t j = 0; j < 4; ++j) {
    const int64_t at_6 = at_4 + j;
    if (at_6 < n) {
      const int64_t at_7 = at_5 + j;
      y[at_7] = max_f32(0.0f, x[at_7] + bias[at_6]);
    }
  }
}
