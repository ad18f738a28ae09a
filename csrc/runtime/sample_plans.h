// Small plans and kernels for tests.
#pragma once

#include "runtime/code_library.h"
#include "runtime/fake_host.h"
#include "runtime/plan.h"

namespace hidet::sample {

inline SizeExpr s(int index) {
  return SizeExpr::symbol(index);
}

// Kernels over float arrays of sizes[0] elements, one task each.
inline void add(void* const* b, const int64_t*, int64_t begin, int64_t end, void*, int32_t*) {
  for (int64_t i = begin; i < end; i++)
    static_cast<float*>(b[2])[i] = static_cast<float*>(b[0])[i] + static_cast<float*>(b[1])[i];
}
inline void twice(void* const* b, const int64_t*, int64_t begin, int64_t end, void*, int32_t*) {
  for (int64_t i = begin; i < end; i++)
    static_cast<float*>(b[1])[i] = 2 * static_cast<float*>(b[0])[i];
}
// Reports an element that is not below sizes[0].
inline void check(void* const* b, const int64_t* sizes, int64_t begin, int64_t end, void*,
                  int32_t* status) {
  for (int64_t i = begin; i < end; i++) {
    static_cast<float*>(b[1])[i] = static_cast<float*>(b[0])[i];
    if (static_cast<float*>(b[0])[i] >= static_cast<float>(sizes[0])) *status = 1;
  }
}

inline KernelRecord record(const std::string& symbol, std::vector<bool> written,
                           SizeExpr grain = 1) {
  KernelRecord kernel;
  kernel.target = "cpu-portable";
  kernel.key = "00" + symbol;
  kernel.symbol = symbol;
  for (bool one : written)
    kernel.arguments.push_back({KernelArgument::Kind::buffer, DType::f32, one});
  kernel.arguments.push_back({KernelArgument::Kind::size, DType::i64, false});
  kernel.extent = s(0);
  kernel.grain = grain;
  return kernel;
}

inline PlanValue value(Plan& plan, PlanBuffer::Kind kind, std::vector<SizeExpr> sizes,
                       const std::string& name) {
  PlanBuffer buffer;
  buffer.kind = kind;
  buffer.sizes = sizes;
  buffer.strides = contiguous_strides(sizes);
  buffer.name = name;
  plan.values.push_back(buffer);
  PlanValue index = static_cast<PlanValue>(plan.values.size()) - 1;
  if (kind == PlanBuffer::Kind::input) plan.arguments.push_back({index});
  return index;
}

inline PlanOutput output(PlanValue value) {
  return {PlanOutput::Kind::tensor, value, 0};
}

inline LaunchStep launch(int32_t kernel, std::vector<PlanValue> buffers, SizeExpr size) {
  LaunchStep step;
  step.variants = {kernel};
  step.buffers = std::move(buffers);
  step.sizes = {size};
  return step;
}

// x, w -> 4 * x + 2 * w over n = s0 elements; 2 * w is a constant of recipe 0 when w has four.
inline Plan weighted(bool constant) {
  Plan plan;
  plan.name = "weighted";
  SizeExpr n = constant ? SizeExpr(4) : s(0);
  if (!constant) plan.symbols.push_back({"n", PlanSymbol::Source::size, 0, 0, 0, 1000, 1});
  PlanValue x = value(plan, PlanBuffer::Kind::input, {n}, "x");
  PlanValue w = value(plan, PlanBuffer::Kind::input, {n}, "w");
  PlanValue doubled = value(plan, PlanBuffer::Kind::inner, {n}, "doubled");
  PlanValue fourfold = value(plan, PlanBuffer::Kind::inner, {n}, "fourfold");
  auto kind = constant ? PlanBuffer::Kind::constant : PlanBuffer::Kind::inner;
  PlanValue packed = value(plan, kind, {n}, "packed");
  PlanValue sum = value(plan, PlanBuffer::Kind::inner, {n}, "sum");
  plan.kernels = {record("add", {false, false, true}), record("twice", {false, true})};
  if (constant)
    plan.recipes.push_back({{packed}, {launch(1, {w, packed}, n)}, "", {1}});
  else
    plan.steps.push_back(launch(1, {w, packed}, n));
  plan.steps.push_back(launch(1, {x, doubled}, n));
  plan.steps.push_back(launch(1, {doubled, fourfold}, n));
  plan.steps.push_back(launch(0, {fourfold, packed, sum}, n));
  plan.outputs = {output(sum)};
  assign_storage(plan);
  return plan;
}
inline std::vector<LoadedKernel> weighted_kernels() {
  return {{add, nullptr}, {twice, nullptr}};
}

inline CallValue tensor_value(FakeTensor* tensor) {
  CallValue value;
  value.kind = CallValue::Kind::tensor;
  value.tensor = tensor->ref();
  return value;
}
inline CallValue integer_value(int64_t integer) {
  CallValue value;
  value.kind = CallValue::Kind::integer;
  value.integer = integer;
  return value;
}

// The elements of a contiguous result, which is released.
inline std::vector<float> take(FakeHost& host, const CallValue& result) {
  int64_t elements = 1;
  for (int axis = 0; axis < result.tensor.rank; axis++) elements *= result.tensor.sizes[axis];
  auto* data = static_cast<const float*>(result.tensor.data);
  std::vector<float> out(data, data + elements);
  host.release(result.tensor.handle);
  return out;
}

}  // namespace hidet::sample
