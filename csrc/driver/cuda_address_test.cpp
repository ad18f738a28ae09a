// The addresses of CUDA kernels for sizes of all kinds, past 2^31 elements too: computed as the
// kernel computes them, without any memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "driver/cuda_kernel_for_test.h"
#include "driver/kernel_size.h"
#include "interp/evaluation.h"
#include "ir/visit.h"
#include "passes/index_bound.h"
#include "schedule/matmul_mma.h"
#include "schedule/matmul_simt.h"
#include "schedule/pointwise.h"
#include "schedule/reduce_cuda.h"
#include "schedule/rowwise.h"

namespace hidet {
namespace {

// What one thread accesses; of serial loops in the first turn and the last four: the last ones of a
// pipeline copy nothing more.
class AddressTrace : public Evaluation {
 public:
  AddressTrace(const Program& program, const std::vector<int64_t>& sizes) : program_(program) {
    for (size_t i = 0; i < sizes.size(); ++i) values_[program.sizes[i].var] = sizes[i];
  }

  // Of each global buffer, by position: the elements.
  std::map<size_t, std::set<int64_t>> run(int64_t block, int64_t thread) {
    block_ = block;
    thread_ = thread;
    accesses_.clear();
    instructions_.clear();
    execute(program_.body);
    return accesses_;
  }
  // Of the last run, in order: an access each, the buffer and its elements.
  using Instruction = std::pair<size_t, std::vector<int64_t>>;
  const std::vector<Instruction>& instructions() const { return instructions_; }

 protected:
  Scalar variable(Var var, int) override {
    const auto it = values_.find(var);
    return Scalar::of(it == values_.end() ? int64_t{0} : it->second);  // data: any value
  }
  Scalar element(Buffer buffer, const std::vector<int64_t>& index, int) override {
    note(buffer, {index[0]});
    return Scalar::of(0.0);
  }
  Scalar site(const SiteRead&, const std::vector<Scalar>&, Scalar) override { return {}; }

 private:
  void note(Buffer buffer, const std::vector<int64_t>& indices) {
    for (size_t i = 0; i < program_.buffers.size(); ++i) {
      if (program_.buffers[i] != buffer || indices.empty()) continue;
      accesses_[i].insert(indices.begin(), indices.end());
      instructions_.push_back({i, indices});
    }
  }
  void access(Buffer buffer, Expr index, Expr mask) {
    std::vector<int64_t> indices;
    for (int lane = 0; lane < index.type().lanes; ++lane)
      if (!mask || integer(mask, lane)) indices.push_back(integer(index, lane));
    note(buffer, indices);
  }
  // Elements among the operands.
  void touch(Expr root) {
    walk(root, [&](Expr e) {
      if (const auto* n = e.as<Element>()) access(n->buffer, n->index[0], {});
    });
  }
  void turn(const For& loop, int64_t i) {
    values_[loop.var] = i;
    execute(loop.body);
  }

  void execute(Stmt s) {
    if (!s) return;
    if (const auto* n = s.as<Block>()) {
      for (Stmt item : n->body) execute(item);
    } else if (const auto* n = s.as<For>()) {
      if (n->loop == ForKind::blocks) return turn(*n, block_);
      if (n->loop == ForKind::threads) return turn(*n, thread_);
      const int64_t extent = integer(n->extent);
      if (n->loop == ForKind::unrolled) {
        for (int64_t i = 0; i < extent; ++i) turn(*n, i);
        return;
      }
      if (extent > 0) turn(*n, 0);
      for (int64_t i = std::max<int64_t>(1, extent - kLastTurns); i < extent; ++i) turn(*n, i);
    } else if (const auto* n = s.as<If>()) {
      execute(integer(n->condition) ? n->then : n->otherwise);
    } else if (const auto* n = s.as<Let>()) {
      if (is_integer(n->var->type.dtype) || n->var->type.dtype == DType::b8)
        values_[n->var] = integer(n->value);
      touch(n->value);
    } else if (const auto* n = s.as<Load>()) {
      access(n->buffer, n->index[0], n->mask);
    } else if (const auto* n = s.as<Store>()) {
      touch(n->value);
      access(n->buffer, n->index[0], n->mask);
    } else if (const auto* n = s.as<hidet::Instruction>()) {
      copy(*n);
    }
  }
  // Of an asynchronous copy: its first element, where it copies anything.
  void copy(const hidet::Instruction& instruction) {
    if (instruction.values.size() != 1 || integer(instruction.values[0]) == 0) return;
    for (const Address& address : instruction.addresses)
      access(address.buffer, address.index[0], {});
  }

  static constexpr int64_t kLastTurns = 4;
  const Program& program_;
  std::map<Var, int64_t> values_;
  int64_t block_ = 0, thread_ = 0;
  std::map<size_t, std::set<int64_t>> accesses_;
  std::vector<Instruction> instructions_;
};

struct Checked {
  std::string what;
  ScheduledKernel kernel;
  SiteFills fills;
};

std::vector<int64_t> numbers(const std::vector<SizeExpr>& sizes) {
  std::vector<int64_t> result;
  for (const SizeExpr& size : sizes) result.push_back(*size.as_constant());
  return result;
}

// All accesses of the first and the last blocks are inside of their buffers; with 32 bits the same
// ones are made as with 64 wherever the bound allows them.
void check(const Checked& checked) {
  const std::vector<int64_t> sizes = numbers(checked.kernel.sizes);
  const Program wide = lower_for_test(checked.kernel, checked.fills, false, false);
  const int64_t bound = kernel_size(wide, index_bound(wide)).evaluate(sizes);
  std::vector<int64_t> elements;
  for (Buffer buffer : wide.buffers) {
    int64_t count = 1;
    for (Expr extent : buffer->shape) count *= kernel_size(wide, extent).evaluate(sizes);
    elements.push_back(count);
  }
  const int64_t blocks = kernel_size(wide, wide.grid[0]).evaluate(sizes);
  std::optional<Program> narrow;
  if (bound < int64_t{1} << 31) narrow = lower_for_test(checked.kernel, checked.fills, false, true);
  int64_t most = -1;
  for (const int64_t block : {int64_t{0}, blocks / 2, blocks - 1})
    for (const int64_t thread : {0, 1, 31, wide.threads / 2, wide.threads - 1}) {
      if (block < 0 || block >= blocks) continue;
      const auto accesses = AddressTrace(wide, sizes).run(block, thread);
      for (const auto& [buffer, indices] : accesses)
        for (const int64_t index : indices) {
          ASSERT_GE(index, 0) << checked.what << " " << wide.buffers[buffer]->name;
          ASSERT_LT(index, elements[buffer]) << checked.what << " " << wide.buffers[buffer]->name;
          most = std::max(most, index);
        }
      if (narrow) {
        EXPECT_EQ(AddressTrace(*narrow, sizes).run(block, thread), accesses) << checked.what;
      }
    }
  // Indices past 31 bits were met where there are such elements.
  const int64_t largest = *std::max_element(elements.begin(), elements.end());
  if (largest > int64_t{1} << 32 && most >= 0) {
    EXPECT_GT(most, int64_t{1} << 31) << checked.what;
    EXPECT_GE(bound, largest - 1) << checked.what;
  }
}

const Target& target() {
  static const Target sm_80 = cuda_target("sm_80");
  return sm_80;
}

void check_all(const std::string& what, const Result<KernelSequence>& sequence,
               const SiteFills& fills = {}) {
  ASSERT_TRUE(sequence) << sequence.reason();
  for (const ScheduledKernel& kernel : sequence->kernels) check({what, kernel, fills});
}

constexpr int64_t kSizes[] = {0, 1, 7919, 70001, int64_t{1} << 17};

// The share of the bytes that is used, of the sectors of 32 bytes that the accesses of a warp to
// aligned and divisible arguments touch, access by access; of reads only, or of writes as well.
double sector_use(const ScheduledKernel& kernel, const SiteFills& fills, bool writes) {
  constexpr int64_t kSector = 32;
  const Program program = lower_for_test(kernel, fills, true, true);
  AddressTrace trace(program, numbers(kernel.sizes));
  std::map<std::pair<size_t, size_t>, std::set<int64_t>> bytes;  // by access and buffer
  for (int64_t thread = 0; thread < 32; ++thread) {
    trace.run(0, thread);
    for (size_t i = 0; i < trace.instructions().size(); ++i) {
      const auto& [buffer, indices] = trace.instructions()[i];
      if (!writes && program.buffers[buffer]->scope != Scope::constant) continue;
      const int64_t size = bytes_of(program.buffers[buffer]->type.dtype);
      for (const int64_t index : indices)
        for (int64_t byte = 0; byte < size; ++byte) bytes[{i, buffer}].insert(index * size + byte);
    }
  }
  double used = 0, touched = 0;
  for (const auto& [_, set] : bytes) {
    std::set<int64_t> sectors;
    for (const int64_t byte : set) sectors.insert(byte / kSector);
    used += static_cast<double>(set.size());
    touched += static_cast<double>(sectors.size() * kSector);
  }
  return used / touched;
}

TEST(CudaAddresses, SectorsAreUsedWhole) {
  const auto pointwise_of = [&](DType dtype) {
    return *pointwise_cuda({.extents = {64, 4096}, .outputs = {dtype}}, target());
  };
  EXPECT_EQ(sector_use(pointwise_of(DType::f32).kernels[0], {}, true), 1);
  EXPECT_EQ(sector_use(pointwise_of(DType::bf16).kernels[0], {}, true), 1);
  RowwiseProblem rows{.rows = {64}, .n = 4096};
  rows.phases = {{{}, {{ReduceKind::sum, DType::f32}}}};
  rows.outputs = {DType::f32};
  SiteFills fills;
  fills["result_0"].read = [](const std::vector<Expr>& index, Expr) { return index[2]; };
  EXPECT_EQ(sector_use(rowwise_cuda(rows, target())->kernels[0], fills, true), 1);
  // A result of a reduction is one element of its sector.
  ReduceProblem reduction{.kept = {64}, .reduced = {4, 4096}, .lanes_on_kept = false};
  reduction.reduction = {ReduceKind::sum, DType::f32};
  fills["result"].read = [](const std::vector<Expr>& index, Expr) { return index.back(); };
  EXPECT_EQ(sector_use(reduce_cuda(reduction, target())->kernels[0], fills, false), 1);
  const MatmulProblem product{.m = 256, .n = 256, .k = 256};
  for (size_t i = 0; i < simt_space().size(); i += 23)
    EXPECT_EQ(sector_use(matmul_simt(product, simt_space()[i], target())->kernels[0], {}, true), 1)
        << simt_space()[i].to_string();
}

TEST(CudaAddresses, Pointwise) {
  for (const int64_t rows : kSizes)
    for (const int64_t columns : kSizes)
      check_all(hidet::format("{} x {}", rows, columns),
                pointwise_cuda({.extents = {rows, columns}, .outputs = {DType::f32, DType::bf16}},
                               target()));
  check_all("one axis",
            pointwise_cuda({.extents = {int64_t{5} << 30}, .outputs = {DType::f32}}, target()));
}

TEST(CudaAddresses, Rows) {
  SiteFills fills;
  fills["result_0"].read = [](const std::vector<Expr>& index, Expr) { return index[2]; };
  for (const int64_t rows : kSizes)
    for (const int64_t n : kSizes) {
      RowwiseProblem problem{.rows = {rows}, .n = n};
      problem.phases = {{{}, {{ReduceKind::sum, DType::f32}}}};
      problem.outputs = {DType::f32};
      check_all(hidet::format("{} x {}", rows, n), rowwise_cuda(problem, target()), fills);
    }
}

TEST(CudaAddresses, Reductions) {
  SiteFills fills;
  fills["result"].read = [](const std::vector<Expr>& index, Expr) { return index.back(); };
  for (const bool lanes_on_kept : {true, false})
    for (const int64_t kept : kSizes)
      for (const int64_t reduced : kSizes) {
        ReduceProblem problem{.kept = {kept}, .reduced = {reduced}, .lanes_on_kept = lanes_on_kept};
        problem.reduction = {ReduceKind::sum, DType::f32};
        check_all(hidet::format("{} of {}", kept, reduced), reduce_cuda(problem, target()), fills);
      }
}

TEST(CudaAddresses, Matmul) {
  for (const int split : {1, 4})
    for (const int64_t m : {int64_t{0}, int64_t{1}, int64_t{70001}})
      for (const int64_t n : {int64_t{1}, int64_t{70001}})
        for (const int64_t k : {int64_t{0}, int64_t{1}, int64_t{65537}}) {
          const MatmulProblem problem{.m = m, .n = n, .k = k};
          check_all(hidet::format("{} x {} x {}, split {}", m, n, k, split),
                    matmul_simt(problem, {.split = split}, target()));
          MatmulProblem half = problem;
          half.a = half.b = DType::bf16;
          check_all(hidet::format("{} x {} x {} of bf16, split {}", m, n, k, split),
                    matmul_mma(half, {.split = split}, target()));
        }
}

}  // namespace
}  // namespace hidet
