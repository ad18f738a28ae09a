static __device__ __forceinline__ vec<float, 4> load_f32x4(const float* from) { return *(const vec<float, 4>*)from; }
static __device__ __forceinline__ void store_f32x4(float* to, vec<float, 4> value) { *(vec<float, 4>*)to = value; }
static __device__ __forceinline__ float max_f32(float a, float b) { return a > b ? a : b; }
extern "C" __global__ void __launch_bounds__(256, 1)
add_relu_f32(const float* __restrict__ x, const float* __restrict__ bias, float* y, int64_t m, int64_t n) {
  const int32_t m_2 = (int32_t)m;
  const int32_t n_2 = (int32_t)n;
  const int32_t at = (n_2 + 1023) / 1024;
  const int32_t block = (int32_t)blockIdx.x;
  const int32_t at_2 = block / at;
  const int32_t at_3 = block % at;
  const int32_t thread = (int32_t)threadIdx.x;
  const int32_t row = at_2;
  const int32_t chunk = at_3;
  const int32_t at_4 = chunk * 1024 + thread * 4;
  if (at_4 + 3 < n_2) {
    alignas(16) float x_v[4];
    const int32_t at_5 = n_2 * row + chunk * 1024 + thread * 4;
    store_f32x4(x_v, load_f32x4(x + at_5));
    alignas(16) float bias_v[4];
    store_f32x4(bias_v, load_f32x4(bias + at_4));
    alignas(16) float y_v[4];
    #pragma unroll
    for (int32_t j = 0; j < 4; ++j) {
      y_v[j] = max_f32(0.0f, x_v[j] + bias_v[j]);
    }
    store_f32x4(y + at_5, load_f32x4(y_v));
  }
}
