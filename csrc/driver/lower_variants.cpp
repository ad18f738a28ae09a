#include "driver/lower_variants.h"

#include <algorithm>
#include <numeric>

#include "driver/kernel_size.h"
#include "emit/emit_cuda.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "passes/index_bound.h"
#include "passes/lower_cuda.h"
#include "passes/vectorize_accesses.h"
#include "passes/with_assumptions.h"

namespace hidet {

namespace {

constexpr int64_t kVectorBytes = 16;
constexpr int64_t kIndexLimit = int64_t{1} << 31;
constexpr int64_t kVectorElements = 16;  // no vector has more: larger divisors say nothing

class Variants {
 public:
  Variants(const FilledKernel& kernel, const Program& program, const Target& target,
           const PassOptions& options)
      : kernel_(kernel), program_(program), target_(target), options_(options) {}

  LoweredKernel run() {
    std::vector<Assumption> assumed;
    const Program usual = run_passes(with_assumptions(program_, usual_arguments(assumed)),
                                     cuda_loop_passes(), options_);
    const std::vector<int> bytes = vector_bytes_of_arguments(usual);
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == 0 || kernel_.arguments->is_allocated(i)) continue;
      Assumption aligned{.kind = Assumption::Kind::aligned, .number = bytes[i]};
      aligned.buffer = static_cast<int32_t>(i);
      assumed.push_back(aligned);
    }
    const SizeExpr bound = kernel_size(usual, index_bound(usual));
    const auto known_bound = bound.substitute(kernel_.scheduled.sizes).as_constant();
    const bool always_narrow = known_bound && *known_bound < kIndexLimit;
    const bool never_narrow = known_bound && *known_bound >= kIndexLimit;
    if (!known_bound)
      assumed.push_back(
          {.kind = Assumption::Kind::below, .buffer = 0, .size = bound, .number = kIndexLimit});
    LoweredKernel result = emit(usual, !never_narrow, kernel_.symbol, options_);
    if (assumed.empty()) return result;
    result.record.assumptions = assumed;
    // Not dumped: it is the same program without vectors.
    PassOptions quiet = options_;
    quiet.after = nullptr;
    Context context;  // so that its text does not depend on what was made for the other one
    const Program any = run_passes(parse(context, print(program_)), cuda_loop_passes(), quiet);
    result.fallbacks.push_back(emit(any, always_narrow, kernel_.symbol + "_general", quiet));
    return result;
  }

 private:
  ProgramAssumptions usual_arguments(std::vector<Assumption>& assumed) const {
    const std::vector<SizeExpr>& sizes = kernel_.scheduled.sizes;
    ProgramAssumptions result;
    result.alignment.assign(program_.buffers.size(), kVectorBytes);
    for (size_t i = 0; i < sizes.size(); ++i) {
      const int64_t known = std::gcd(kernel_.arguments->divisor(sizes[i]), kVectorElements);
      const auto& axes = kernel_.scheduled.vector_axes;
      const auto axis =
          std::find_if(axes.begin(), axes.end(),
                       [&](const ScheduledKernel::VectorAxis& each) { return each.size == i; });
      const bool constant = sizes[i].is_constant();
      // What a constant happens to be is said of the axes of vectors alone: a kernel serves others.
      const bool told = !constant || axis != axes.end();
      result.divisor.push_back(told ? known : 1);
      if (constant || axis == axes.end() || axis->elements <= known) continue;
      result.divisor.back() = axis->elements;
      assumed.push_back({.kind = Assumption::Kind::divisible,
                         .buffer = 0,
                         .size = SizeExpr::symbol(static_cast<int>(i)),
                         .number = axis->elements});
    }
    return result;
  }

  LoweredKernel emit(const Program& loops, bool narrow, const std::string& symbol,
                     const PassOptions& options) const {
    const Program lowered = run_passes(loops, cuda_last_passes(narrow), options);
    EmittedCudaKernel emitted;
    try {
      emitted = emit_cuda(lowered, symbol);
    } catch (const std::exception& error) {
      throw PassError(std::string(kEmitPass), lowered, error.what());
    }
    LoweredKernel result;
    result.source = {symbol, emitted.text, {target_.name}};
    result.record.target = target_.name;
    result.record.symbol = symbol;
    add_arguments(lowered, result.record);
    CudaLaunch& launch = result.record.cuda;
    launch.grid[0] = kernel_size(lowered, emitted.grid);
    launch.block[0] = SizeExpr(emitted.threads);
    launch.dynamic_shared_bytes = SizeExpr(emitted.shared_bytes);
    for (const EmittedTensorMap& map : emitted.maps) {
      TensorMapRecipe& recipe = result.record.maps.emplace_back();
      recipe.buffer = map.buffer;
      recipe.dtype = lowered.buffers[static_cast<size_t>(map.buffer)]->type.dtype;
      for (Expr e : map.sizes) recipe.sizes.push_back(kernel_size(lowered, e));
      for (Expr e : map.strides) recipe.strides.push_back(kernel_size(lowered, e));
      recipe.box = map.box;
      recipe.swizzle_bytes = map.swizzle_bytes;
    }
    return result;
  }

  const FilledKernel& kernel_;
  const Program& program_;
  const Target& target_;
  const PassOptions& options_;
};

}  // namespace

LoweredKernel lower_variants(const FilledKernel& kernel, const Program& program,
                             const Target& target, const PassOptions& options) {
  return Variants(kernel, program, target, options).run();
}

}  // namespace hidet
