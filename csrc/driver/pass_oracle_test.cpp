// Every pass on the way of every CPU template: what it makes is verified, printed and read back,
// and means what it meant before, by the interpreter.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "interp/interpret.h"
#include "ir/equal.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/lower_cpu.h"
#include "schedule/attention_blocks.h"
#include "schedule/matmul_packed.h"
#include "schedule/pointwise.h"
#include "schedule/reduce_columns.h"
#include "schedule/rowwise.h"

namespace hidet {
namespace {

// What a site that computes means, for the interpreter and for the program that it is filled into.
struct Computed {
  std::function<Scalar(const std::vector<Scalar>& index, Scalar value)> by_hand;
  SiteFill fill;
};

struct Array {
  std::vector<int64_t> shape;
  std::vector<double> values;  // empty: an output
  int64_t size() const {
    int64_t count = 1;
    for (int64_t extent : shape) count *= extent;
    return count;
  }
  int64_t place(const std::vector<Scalar>& index) const {
    int64_t at = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) at = at * shape[axis] + index[axis].as_int();
    return at;
  }
};

// One kernel with its surroundings; sites are arrays of f32, or computed.
struct Surroundings {
  const ScheduledKernel& kernel;
  std::map<std::string, Array> arrays;
  std::map<std::string, Computed> computed;
  std::map<std::string, Array> workspaces;  // by the buffer's name; f32
  double tolerance = 1e-6;
};

using Results = std::map<std::string, HostArray>;

// The buffer that a site becomes; another name than the site's, so that printed programs keep it.
std::string memory_of(const std::string& site) {
  return site + "_memory";
}

HostArray host(const Array& array) {
  return array.values.empty() ? HostArray::unwritten(DType::f32, array.size())
                              : HostArray::of(DType::f32, array.values);
}

// The arrays that a program has written, from those that it was given.
Results run(const Program& program, const Surroundings& setup, bool backward) {
  Results memory;
  for (const auto& [name, array] : setup.arrays) memory[memory_of(name)] = host(array);
  for (const auto& [name, array] : setup.workspaces) memory[name] = host(array);
  Bindings bindings;
  bindings.last_worker_first = backward;
  for (const SizeExpr& size : setup.kernel.sizes) bindings.size_list.push_back(*size.as_constant());
  // Buffers that sites will become are not used while these are open.
  Results unused;
  for (Buffer buffer : program.buffers) {
    bool open = false;
    for (const Site& site : program.sites) open = open || memory_of(site.name) == buffer->name;
    const auto found = memory.find(buffer->name);
    HIDET_ASSERT(found != memory.end(), "no array for the buffer {}", buffer->name);
    HostArray& array = found->second;
    bindings.buffer_list.push_back(open ? &(unused[buffer->name] = array) : &array);
  }
  for (const Site& site : program.sites) {
    if (auto it = setup.computed.find(site.name); it != setup.computed.end()) {
      bindings.sites[site.name].read = it->second.by_hand;
      continue;
    }
    HIDET_ASSERT(setup.arrays.count(site.name), "no array for the site {}", site.name);
    const Array& shape = setup.arrays.at(site.name);
    HostArray& array = memory.at(memory_of(site.name));
    bindings.sites[site.name] = {[&](const std::vector<Scalar>& index, Scalar) {
                                   return array.values.at(static_cast<size_t>(shape.place(index)));
                                 },
                                 [&](const std::vector<Scalar>& index, Scalar value) {
                                   const auto at = static_cast<size_t>(shape.place(index));
                                   array.values.at(at) = value;
                                   array.written.at(at) = true;
                                 }};
  }
  interpret(program, bindings);
  return memory;
}

void expect_same(const Results& before, const Results& after, double tolerance,
                 const std::string& what) {
  for (const auto& [name, a] : before) {
    const HostArray& b = after.at(name);
    ASSERT_EQ(a.written, b.written) << name << " " << what;
    for (size_t i = 0; i < a.values.size(); ++i) {
      if (!a.written[i]) continue;
      const double x = a.values[i].as_float(), y = b.values[i].as_float();
      ASSERT_NEAR(x, y, tolerance * (1 + std::fabs(x))) << name << " at " << i << " " << what;
    }
  }
}

void check_every_pass(const Surroundings& setup, const Target& target) {
  Context& context = *setup.kernel.context;
  Program program = setup.kernel.program;
  EXPECT_EQ(problems(program), std::vector<std::string>());
  const Results expected = run(program, setup, false);
  expect_same(expected, run(program, setup, true), 0, "with workers in the opposite order");

  // Sites that are arrays become buffers of their names.
  SiteFills fills;
  for (const auto& [name, computed] : setup.computed) fills[name] = computed.fill;
  for (const Site& site : setup.kernel.program.sites) {
    const auto it = setup.arrays.find(site.name);
    if (it == setup.arrays.end() || setup.computed.count(site.name)) continue;
    BufferInfo info{.scope = site.kind == SiteKind::store ? Scope::global : Scope::constant,
                    .type = site.type};
    info.name = memory_of(site.name);
    for (int64_t extent : it->second.shape) info.shape.push_back(context.index(extent));
    Buffer buffer = context.make_buffer(info);
    program.buffers.push_back(buffer);
    fills[site.name].read = [&context, buffer](const std::vector<Expr>& index, Expr) {
      return context.element(buffer, index);
    };
    fills[site.name].store = [&context, buffer](const std::vector<Expr>& index, Expr value) {
      return context.make(Store{.buffer = buffer, .index = index, .value = value, .mask = {}});
    };
  }
  const PassHook after = [&](std::string_view pass, const Program& made) {
    if (testing::Test::HasFailure()) return;
    const std::string what = hidet::format("after {} for {}", pass, target.name);
    SCOPED_TRACE(what);
    const std::string text = print(made);
    ASSERT_EQ(problems(made), std::vector<std::string>()) << text;
    Context other;
    const Program again = parse(other, text);
    ASSERT_TRUE(equal(made, again)) << text;
    if (pass == "fill_sites") return;  // reads outside of a site are guarded by the next pass
    try {
      expect_same(expected, run(made, setup, false), setup.tolerance, what + "\n" + text);
      expect_same(expected, run(again, setup, true), setup.tolerance, what + "\n" + text);
    } catch (const InterpretError& error) {
      FAIL() << error.what() << "\n" << text;
    }
  };
  lower_for_cpu(program, fills, target, {.after = after});
}

std::vector<double> random_values(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<double>(random() % 2001) / 1000 - 1);
  return values;
}
Array input(std::vector<int64_t> shape, unsigned seed) {
  Array array{std::move(shape), {}};
  array.values = random_values(array.size(), seed);
  return array;
}
std::vector<Target> targets() {
  return {cpu_target("cpu-avx512"), cpu_target("cpu-avx2"), cpu_target("cpu-portable")};
}
double number(Scalar s) {
  return s.as_float();
}
Scalar f32(double value) {
  return scalar_of(DType::f32, value);
}

TEST(PassOracle, Pointwise) {
  for (const Target& target : targets())
    for (auto [rows, columns] : {std::pair<int64_t, int64_t>{3, 37}, {1, 1}, {2, 64}}) {
      PointwiseProblem problem{.extents = {rows, columns}, .outputs = {DType::f32}};
      auto sequence = pointwise(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      Surroundings setup{sequence->kernels[0], {}, {}, {}};
      setup.arrays["out_0"] = {{rows, columns}, {}};
      setup.computed["value_0"] = {
          [](const std::vector<Scalar>& i, Scalar) {
            const double x = static_cast<float>(i[0].as_int() - i[1].as_int()) * 0.125f;
            return f32(std::exp(-x * x) + std::erf(x));
          },
          {.read =
               [](const std::vector<Expr>& i, Expr) {
                 Context& context = i[0].context();
                 Expr x = context.cast(DType::f32, i[0] - i[1]) *
                          context.constant(Type{DType::f32}, 0.125);
                 return context.call(Function::exp, {-x * x}) + context.call(Function::erf, {x});
               },
           .store = nullptr}};
      check_every_pass(setup, target);
    }
}

TEST(PassOracle, MatmulPacked) {
  for (const Target& target : targets())
    for (auto [m, n, k] :
         {std::array<int64_t, 3>{1, 1, 1}, {13, 50, 5}, {17, 100, 3}, {9, 96, 8}}) {
      MatmulProblem problem{.m = m, .n = n, .k = k};
      auto sequence = matmul_packed(problem, pick_packed_params(problem, target), target);
      ASSERT_TRUE(sequence) << sequence.reason();
      int64_t elements = 1;
      for (const SizeExpr& extent : sequence->workspaces[0].shape)
        elements *= *extent.as_constant();
      Surroundings pack{sequence->kernels[0], {}, {}, {}};
      pack.arrays["B"] = input({k, n}, 1);
      pack.workspaces["packed"] = {{elements}, {}};
      check_every_pass(pack, target);
      const HostArray packed = run(pack.kernel.program, pack, false).at("packed");
      Surroundings multiply{sequence->kernels[1], {}, {}, {}};
      multiply.arrays["A"] = input({m, k}, 2);
      multiply.arrays["C"] = {{m, n}, {}};
      Array& panels = multiply.workspaces["packed"] = {{elements}, {}};
      for (int64_t i = 0; i < elements; ++i) panels.values.push_back(packed.at(i));
      check_every_pass(multiply, target);
    }
}

TEST(PassOracle, Attention) {
  for (const Target& target : targets())
    for (auto [g, s, t, d] :
         {std::array<int64_t, 4>{2, 37, 21, 32}, {1, 1, 50, 16}, {1, 19, 5, 16}}) {
      if (d % target.lanes(DType::f32)) continue;
      AttentionProblem problem{.batch = {g}, .queries = s, .keys = t, .depth = d, .value_depth = d};
      auto sequence = attention_blocks(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      Surroundings setup{sequence->kernels[0], {}, {}, {}};
      setup.arrays["Q"] = input({g, s, d}, 1);
      setup.arrays["K"] = input({g, t, d}, 2);
      setup.arrays["V"] = input({g, t, d}, 3);
      setup.arrays["O"] = {{g, s, d}, {}};
      setup.computed["score"] = {
          [](const std::vector<Scalar>&, Scalar value) { return f32(number(value) * 0.25); },
          {.read = [](const std::vector<Expr>&,
                      Expr raw) { return raw * raw.context().constant(Type{DType::f32}, 0.25); },
           .store = nullptr}};
      check_every_pass(setup, target);
    }
}

TEST(PassOracle, Softmax) {
  for (const Target& target : targets())
    for (int64_t n : {1, 7, 16, 37, 130}) {
      RowwiseProblem problem{.rows = {3}, .n = n};
      problem.phases = {{{}, {{ReduceKind::max, DType::f32}}},
                        {{DType::f32}, {{ReduceKind::sum, DType::f32}}}};
      problem.outputs = {DType::f32};
      auto sequence = rowwise(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      Surroundings setup{sequence->kernels[0], {}, {}, {}};
      setup.arrays["value_0"] = input({3, n}, 4);
      setup.arrays["out_0"] = {{3, n}, {}};
      const Array& x = setup.arrays["value_0"];
      Context& context = *setup.kernel.context;
      BufferInfo info{.scope = Scope::constant, .type = Type{DType::f32}};
      info.name = "again";
      info.shape = {context.index(3), context.index(n)};
      Buffer again = context.make_buffer(info);
      ScheduledKernel with_input = setup.kernel;
      with_input.program.buffers.push_back(again);
      Surroundings second{with_input, setup.arrays, {}, {{"again", x}}};
      second.computed["kept_0"] = {
          [&](const std::vector<Scalar>& i, Scalar) {
            return f32(std::exp(f32(x.values[x.place(i)]).as_float() - number(i[2])));
          },
          {.read =
               [&](const std::vector<Expr>& i, Expr) {
                 return context.call(Function::exp, {context.element(again, {i[0], i[1]}) - i[2]});
               },
           .store = nullptr}};
      second.computed["value_1"] = {
          [](const std::vector<Scalar>& i, Scalar) { return i[3]; },
          {.read = [](const std::vector<Expr>& i, Expr) { return i[3]; }, .store = nullptr}};
      second.computed["result_0"] = {
          [](const std::vector<Scalar>& i, Scalar) { return f32(number(i[4]) / number(i[3])); },
          {.read = [](const std::vector<Expr>& i, Expr) { return i[4] / i[3]; }, .store = nullptr}};
      check_every_pass(second, target);
    }
}

TEST(PassOracle, ReduceColumns) {
  for (const Target& target : targets())
    for (bool lanes_on_kept : {true, false})
      for (auto [kept, reduced] : {std::pair<int64_t, int64_t>{37, 19}, {16, 5}, {3, 1}}) {
        ReduceProblem problem{.kept = {kept}, .reduced = {reduced}, .lanes_on_kept = lanes_on_kept};
        problem.reduction = {ReduceKind::sum, DType::f32};
        auto sequence = reduce_columns(problem, target);
        ASSERT_TRUE(sequence) << sequence.reason();
        ASSERT_EQ(sequence->kernels.size(), 1u);
        Surroundings setup{sequence->kernels[0], {}, {}, {}};
        setup.arrays["value"] = input({kept, reduced}, 5);
        setup.arrays["out"] = {{kept}, {}};
        setup.computed["result"] = {
            [](const std::vector<Scalar>& i, Scalar) { return i.back(); },
            {.read = [](const std::vector<Expr>& i, Expr) { return i.back(); }, .store = nullptr}};
        check_every_pass(setup, target);
      }
}

}  // namespace
}  // namespace hidet
