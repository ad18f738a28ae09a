// The programs of interp/programs and what they should compute, naively and in double.
#pragma once

#include <cmath>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "interp/interpret.h"
#include "ir/parse.h"

namespace hidet {

inline std::string program_text(const std::string& name) {
  std::ifstream file(std::string(HIDET_SOURCE_DIR) + "/csrc/interp/programs/" + name + ".ir");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A dense array of numbers of a type.
struct TestTensor {
  std::vector<int64_t> shape;
  DType dtype = DType::f32;
  std::vector<double> values;
  std::vector<int> writes;  // how often each element was stored

  TestTensor(std::vector<int64_t> extents, DType type) : shape(std::move(extents)), dtype(type) {
    int64_t size = 1;
    for (int64_t extent : shape) size *= extent;
    values.resize(static_cast<size_t>(size));
    writes.resize(static_cast<size_t>(size));
  }
  void randomize(unsigned seed) {
    std::mt19937 random(seed);
    for (double& value : values)
      value = to_double(dtype, scalar_of(dtype, static_cast<double>(random() % 2001) / 1000 - 1));
  }
  size_t place(const std::vector<int64_t>& index) const {
    int64_t at = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) at = at * shape[axis] + index[axis];
    return static_cast<size_t>(at);
  }
  size_t place(const std::vector<Scalar>& index) const {
    std::vector<int64_t> numbers;
    for (Scalar s : index) numbers.push_back(s.as_int());
    return place(numbers);
  }
  double at(const std::vector<int64_t>& index) const { return values[place(index)]; }
  HostSite site() {
    return {[this](const std::vector<Scalar>& index, Scalar) {
              return scalar_of(dtype, values[place(index)]);
            },
            [this](const std::vector<Scalar>& index, Scalar value) {
              values[place(index)] = to_double(dtype, value);
              ++writes[place(index)];
            }};
  }
};

// How far a result is from the right one, in units of what rounding can explain; infinity where an
// element was not written exactly once.
inline double error_of(const TestTensor& result, const TestTensor& right, double tolerance) {
  double worst = 0;
  for (size_t i = 0; i < right.values.size(); ++i) {
    if (result.writes[i] != 1 || !std::isfinite(result.values[i])) return INFINITY;
    worst = std::max(worst, std::fabs(result.values[i] - right.values[i]) / tolerance);
  }
  return worst;
}

// Sizes of a problem, in the order of the program's.
using TestSizes = std::vector<int64_t>;

// C = A * B of sizes m, n, k; for the packed program, with B in panels of 48 columns.
inline double run_matmul(const Program& program, const TestSizes& sizes, bool backward = false) {
  const int64_t m = sizes[0], n = sizes[1], k = sizes[2];
  const bool packed = !program.buffers.empty();
  const DType dtype = packed ? DType::f32 : program.sites[0].type.dtype;
  TestTensor a({m, k}, dtype), b({k, n}, dtype), c({m, n}, DType::f32), right({m, n}, DType::f64);
  a.randomize(1);
  b.randomize(2);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t q = 0; q < k; ++q)
        right.values[right.place(std::vector{i, j})] += a.at({i, q}) * b.at({q, j});
  Bindings bindings;
  bindings.size_list = sizes;
  bindings.last_worker_first = backward;
  bindings.sites["A"] = a.site();
  bindings.sites["C"] = c.site();
  HostArray panels = HostArray::unwritten(DType::f32, (n + 47) / 48 * k * 48);
  if (packed) {
    for (int64_t j = 0; j < (n + 47) / 48 * 48; ++j)
      for (int64_t q = 0; q < k; ++q) {
        const auto at = static_cast<size_t>((j / 48 * k + q) * 48 + j % 48);
        panels.values[at] = scalar_of(DType::f32, j < n ? b.at({q, j}) : 0);
        panels.written[at] = true;
      }
    bindings.buffers["packed"] = &panels;
  } else {
    bindings.sites["B"] = b.site();
  }
  interpret(program, bindings);
  return error_of(c, right, static_cast<double>(k) * std::sqrt(double(k)) * 0x1p-24);
}

// O = softmax(Q K^T / 8, keys after the row's own left out where `causal`) V of heads, rows, keys.
inline double run_attention(const Program& program, const TestSizes& sizes, bool causal = false) {
  const int64_t heads = sizes[0], rows = sizes[1], keys = sizes[2], d = 64;
  TestTensor q({heads, rows, d}, DType::bf16), k({heads, keys, d}, DType::bf16);
  TestTensor v({heads, keys, d}, DType::bf16), o({heads, rows, d}, DType::f32);
  TestTensor right({heads, rows, d}, DType::f64);
  q.randomize(1);
  k.randomize(2);
  v.randomize(3);
  const auto is_masked = [&](int64_t row, int64_t key) { return causal && key > row; };
  for (int64_t g = 0; g < heads; ++g)
    for (int64_t r = 0; r < rows; ++r) {
      std::vector<double> p;
      double sum = 0;
      for (int64_t c = 0; c < keys; ++c) {
        double s = 0;
        for (int64_t e = 0; e < d; ++e) s += q.at({g, r, e}) * k.at({g, c, e});
        p.push_back(is_masked(r, c) ? 0 : std::exp(s / 8));
        sum += p.back();
      }
      for (int64_t e = 0; e < d; ++e)
        for (int64_t c = 0; c < keys; ++c)
          right.values[right.place(std::vector{g, r, e})] += p[c] / sum * v.at({g, c, e});
    }
  Bindings bindings;
  bindings.size_list = sizes;
  bindings.sites = {{"Q", q.site()}, {"K", k.site()}, {"V", v.site()}, {"O", o.site()}};
  bindings.sites["score"].read = [&](const std::vector<Scalar>& index, Scalar value) {
    return is_masked(index[1].as_int(), index[2].as_int())
               ? scalar_of(DType::f32, -INFINITY)
               : scalar_of(DType::f32, value.as_float() / 8);
  };
  interpret(program, bindings);
  return error_of(o, right, 0x1p-8);  // probabilities are rounded to bf16
}

}  // namespace hidet
