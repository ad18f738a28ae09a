#include "driver/right_kernels_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace hidet {

RightKernel right_product(std::vector<TestKernel> kernels, const TestMatmul& sizes, int pieces) {
  const auto& [dtype, m, n, k, a_transposed, b_transposed, params] = sizes;
  RightKernel kernel{.launches = std::move(kernels), .tolerance = 1e-4};
  kernel.arrays = {Tensor(dtype, m * k, 1), Tensor(dtype, k * n, 2)};
  const std::vector<double>&a = kernel.arrays[0].values, &b = kernel.arrays[1].values;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t q = 0; q < k; ++q)
        sum += a[static_cast<size_t>(a_transposed ? q * m + i : i * k + q)] *
               b[static_cast<size_t>(b_transposed ? j * k + q : q * n + j)];
      kernel.right.push_back(sum);
    }
  if (kernel.launches.size() == 1) {
    kernel.arguments = {{{0}, {1}, {2, true}}};
  } else {
    kernel.arrays.emplace_back(DType::f32, pieces * m * n);
    kernel.arguments = {{{2, true}, {0}, {1}}, {{2}, {3, true}}};
  }
  kernel.arrays.emplace_back(DType::f32, m * n);
  return kernel;
}

RightKernel right_attention(const TestAttention& attention, double size) {
  const auto& [queries, keys, depth, value_depth, causal] = attention;
  constexpr int64_t batch = 2;
  RightKernel kernel{.launches = {emitted_attention(attention)},
                     .arguments = {{{3, true}, {0}, {1}, {2}}},
                     .tolerance = 0x1p-7};  // weights and the result are rounded to bf16
  kernel.arrays = {Tensor(DType::bf16, batch * queries * depth, 1, size),
                   Tensor(DType::bf16, batch * keys * depth, 2),
                   Tensor(DType::bf16, batch * keys * value_depth, 3),
                   Tensor(DType::f32, batch * queries * value_depth)};
  const std::vector<double>&q = kernel.arrays[0].values, &k = kernel.arrays[1].values,
        &v = kernel.arrays[2].values;
  for (int64_t g = 0; g < batch; ++g)
    for (int64_t i = 0; i < queries; ++i) {
      std::vector<double> sums(static_cast<size_t>(value_depth));
      double total = 0;
      for (int64_t j = 0; j < (causal ? std::min(i + 1, keys) : keys); ++j) {
        double score = 0;
        for (int64_t e = 0; e < depth; ++e)
          score += q[static_cast<size_t>((g * queries + i) * depth + e)] *
                   k[static_cast<size_t>((g * keys + j) * depth + e)];
        const double weight = std::exp(score / 8);
        total += weight;
        for (int64_t e = 0; e < value_depth; ++e)
          sums[static_cast<size_t>(e)] +=
              weight * v[static_cast<size_t>((g * keys + j) * value_depth + e)];
      }
      for (const double sum : sums) kernel.right.push_back(sum / total);
    }
  return kernel;
}

namespace {

RightKernel product_by_units(int64_t m, int64_t n, int64_t k, const std::array<int, 6>& params,
                             bool vectors) {
  return right_product(emitted_matmul_simt(m, n, k, params, vectors), {DType::f32, m, n, k},
                       params[5]);
}

RightKernel product_by_tensor_cores(const TestMatmul& sizes) {
  return right_product(emitted_matmul(sizes), sizes, sizes.params[6]);
}

RightKernel warp_specialised_product() {
  const TestMatmul sizes{DType::bf16, 100, 72, 392};
  RightKernel kernel = right_product({emitted_program("matmul_wgmma")}, sizes);
  kernel.launches[0].blocks = 1;
  kernel.launches[0].sizes = {sizes.m, sizes.n, sizes.k};
  return kernel;
}

RightKernel softmax(int64_t rows, int64_t n, bool vectors) {
  RightKernel kernel{.launches = {emitted_softmax(rows, n, vectors)},
                     .arguments = {{{0}, {1, true}}},
                     .tolerance = 1e-6};
  kernel.arrays = {Tensor(DType::f32, rows * n, 1), Tensor(DType::f32, rows * n)};
  const std::vector<double>& values = kernel.arrays[0].values;
  for (int64_t row = 0; row < rows; ++row) {
    double total = 0;
    for (int64_t i = 0; i < n; ++i) total += std::exp(values[static_cast<size_t>(row * n + i)]);
    for (int64_t i = 0; i < n; ++i)
      kernel.right.push_back(std::exp(values[static_cast<size_t>(row * n + i)]) / total);
  }
  return kernel;
}

RightKernel sums(std::vector<TestKernel> launches, int64_t kept, int64_t reduced, int64_t pieces) {
  RightKernel kernel{.launches = std::move(launches), .tolerance = 1e-3};
  kernel.arrays = {Tensor(DType::f32, kept * reduced, 1)};
  for (int64_t i = 0; i < kept; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < reduced; ++j)
      sum += kernel.arrays[0].values[static_cast<size_t>(i * reduced + j)];
    kernel.right.push_back(sum);
  }
  if (kernel.launches.size() == 1) {
    kernel.arguments = {{{0}, {1, true}}};
  } else {
    kernel.arrays.emplace_back(DType::f32, pieces * kept);
    kernel.arguments = {{{1, true}, {0}}, {{1}, {2, true}}};
  }
  kernel.arrays.emplace_back(DType::f32, kept);
  return kernel;
}

RightKernel copy(int64_t rows, int64_t columns, bool vectors) {
  RightKernel kernel{.launches = {emitted_copy(rows, columns, vectors)},
                     .arguments = {{{0}, {1, true}}}};
  kernel.arrays = {Tensor(DType::f32, rows * columns, 1), Tensor(DType::f32, rows * columns)};
  kernel.right = kernel.arrays[0].values;
  return kernel;
}

const std::map<std::string, RightKernel (*)()>& makers() {
  static const std::map<std::string, RightKernel (*)()> all = {
      {"matmul_simt", [] { return product_by_units(37, 41, 21, {2, 1, 1, 1, 8, 1}, false); }},
      {"matmul_simt split", [] { return product_by_units(24, 40, 40, {1, 1, 1, 1, 8, 2}, true); }},
      {"matmul_mma",
       [] {
         return product_by_tensor_cores(
             {DType::bf16, 72, 40, 72, false, false, {64, 64, 2, 2, 16, 3}});
       }},
      {"matmul_mma split",
       [] {
         return product_by_tensor_cores(
             {DType::bf16, 24, 40, 200, false, true, {32, 64, 2, 2, 32, 3, 4}});
       }},
      // Scores of about 4 in size: the greatest one of a row is not always among the first keys.
      {"attention_mma", [] { return right_attention({90, 90, 32, 32, true}, 16); }},
      {"rowwise_cuda", [] { return softmax(3, 3000, false); }},
      {"rowwise_cuda of a warp", [] { return softmax(8, 40, true); }},
      {"reduce_cuda", [] { return sums(emitted_sum(2, 16385, false), 2, 16385, 64); }},
      {"reduce_cuda of columns", [] { return sums(emitted_column_sum(37, 19, false), 37, 19, 0); }},
      {"pointwise_cuda", [] { return copy(3, 37, false); }},
      {"pointwise_cuda in vectors", [] { return copy(8, 40, true); }},
      {"matmul_wgmma", warp_specialised_product}};
  return all;
}

}  // namespace

const std::vector<std::string>& right_kernel_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const auto& [name, make] : makers()) result.push_back(name);
    return result;
  }();
  return names;
}

RightKernel right_kernel(const std::string& name) {
  const auto found = makers().find(name);
  HIDET_ASSERT(found != makers().end(), "no kernel is called {}", name);
  return found->second();
}

std::vector<std::string> RightKernel::texts() const {
  std::vector<std::string> result;
  for (const TestKernel& launch : launches) result.push_back(launch.text);
  return result;
}

std::string RightKernel::run(const std::vector<std::string>& texts,
                             const Schedule& schedule) const {
  std::vector<Tensor> memory = arrays;
  for (size_t i = 0; i < launches.size(); ++i) {
    const TestKernel& kernel = launches[i];
    TextLaunch launch;
    launch.schedule = schedule;
    for (const auto& [array, written] : arguments[i])
      launch.buffers.push_back(memory[array].buffer(written));
    launch.sizes = kernel.sizes;
    launch.blocks = kernel.blocks;
    launch.threads = kernel.threads;
    launch.shared_bytes = kernel.shared_bytes;
    launch.maps = kernel.maps;
    launch.host_threads = 1;  // which finding is the first does not depend on timing
    if (std::string found = run_text(texts[i], launch); !found.empty()) return found;
  }
  for (size_t i = 0; i < right.size(); ++i) {
    const double value = memory.back().at(static_cast<int64_t>(i));
    if (!(std::fabs(value - right[i]) <= tolerance))
      return hidet::format("wrong numbers: {} at {}, where {} is right", value, i, right[i]);
  }
  return "";
}

}  // namespace hidet
