#include <gtest/gtest.h>

#include <random>

#include "arith/analyzer.h"
#include "arith/evaluate_for_test.h"

namespace hidet {
namespace {

class Simplify : public testing::Test {
 protected:
  Expr loop(const std::string& name, int64_t extent) {
    Var v = context.make_var(Type{DType::i64}, name);
    analyzer.bind(v, extent);
    return context.variable(v);
  }
  Expr loop(const std::string& name, Expr extent) {
    Var v = context.make_var(Type{DType::i64}, name);
    analyzer.bind(v, extent);
    return context.variable(v);
  }
  Expr size(const std::string& name, SizeFacts facts = {1, INT64_MAX, 1}) {
    Var v = context.make_var(Type{DType::i64}, name);
    analyzer.bind(v, facts);
    return context.variable(v);
  }
  Expr ramp(Expr base, int64_t stride, int lanes) {
    return context.ramp(base, context.index(stride), lanes);
  }
  Expr splat(Expr e, int lanes) { return context.broadcast(e, lanes); }
  Expr s(Expr e) { return analyzer.simplify(e); }

  Context context;
  Analyzer analyzer;
};

TEST_F(Simplify, CollectsSums) {
  Expr i = loop("i", 10), j = loop("j", 10);
  EXPECT_EQ(s(i * 4 + j + i * 2 - j), i * 6);
  EXPECT_EQ(s((i + 3) * 2 - 6), i * 2);
  EXPECT_EQ(s(i - i), context.index(0));
  EXPECT_EQ(s((i + j) * 3 + 1 + 2), s(j * 3 + i * 3 + 3));
  EXPECT_EQ(s(context.index(5) - i), context.index(5) - i);
}

TEST_F(Simplify, DividesByConstants) {
  Expr a = loop("a", 100), b = loop("b", 32), p = loop("p", 8), v = loop("v", 3), l = loop("l", 16);
  EXPECT_EQ(s((a * 32 + b) / 32), a);
  EXPECT_EQ(s((a * 32 + b) % 32), b);
  EXPECT_EQ(s((p * 48 + v * 16 + l) / 32), (p * 3 + v) / 2);
  EXPECT_EQ(s((p * 48 + v * 16 + l) % 32), s((p * 3 + v) % 2 * 16 + l));
  EXPECT_EQ(s(a / 4 / 8), a / 32);
  EXPECT_EQ(s((a / 7) * 7 + a % 7), a);
  // The remainder is reduced first, and still belongs to the quotient.
  EXPECT_EQ(s((v * 16 + l) / 14 * 14 + (v * 16 + l) % 14), v * 16 + l);
  EXPECT_EQ(s((v * 16 + l) / 14 * 14 + (v * 2 + l) % 14 + a), s(v * 16 + l + a));
  EXPECT_EQ(s((v * 16 + l) / 14 * 14 + (v * 3 + l) % 14),
            (v * 16 + l) / 14 * 14 + (v * 3 + l) % 14);
  EXPECT_EQ(s(b / 32), context.index(0));
  EXPECT_EQ(s((a * 4 + 3) / 4), a);
  EXPECT_EQ(s((a - 1) % 1), context.index(0));
  EXPECT_EQ(s((a % 64) / 32), s((a / 32) % 2));
  EXPECT_EQ(s((a % 64) % 32), a % 32);
}

TEST_F(Simplify, DividesBySizes) {
  Expr n = size("n"), m = size("m");
  Expr x = loop("x", m), y = loop("y", n);
  EXPECT_EQ(s((x * n + y) / n), x);
  EXPECT_EQ(s((x * n + y) % n), y);
  EXPECT_EQ(s(y % n), y);
  EXPECT_EQ(s(y / n), context.index(0));
  EXPECT_EQ(s((x * n * 4 + y * 4) / (n * 4)), x);
  Expr t = size("t", {8, 1024, 8});
  EXPECT_EQ(s((t / 8) * 8), t);
  EXPECT_EQ(s(t % 8), context.index(0));
  EXPECT_EQ(s((t + 7) / 8), t / 8);
}

TEST_F(Simplify, ProvesSymbolicBounds) {
  Expr n = size("n"), rows = size("rows");
  Expr i = loop("i", n), j = loop("j", 384), tile = loop("tile", (rows + 31) / 32);
  Expr r = loop(
      "r", analyzer.simplify(context.call(Function::min, {context.index(32), rows - tile * 32})));
  EXPECT_TRUE(analyzer.can_prove(i < n));
  EXPECT_TRUE(analyzer.can_prove(i * 384 + j < n * 384));
  EXPECT_FALSE(analyzer.can_prove(i * 384 + j + 1 < n * 384));
  EXPECT_TRUE(analyzer.can_prove(i * rows + 1 <= n * rows));
  EXPECT_TRUE(analyzer.can_prove(tile * 32 < rows));
  EXPECT_TRUE(analyzer.can_prove(tile * 32 + r < rows));
  EXPECT_FALSE(analyzer.can_prove(tile * 32 + 1 < rows));
  EXPECT_TRUE(analyzer.can_prove(
      context.index(1) <= context.call(Function::min, {context.index(32), rows - tile * 32})));
  EXPECT_EQ(s(i < n), context.boolean(true));
  EXPECT_EQ(s(n <= i), context.boolean(false));
  EXPECT_EQ(s(context.call(Function::min, {i, n})), i);
  EXPECT_EQ(s(context.call(Function::max, {i, n})), n);
  EXPECT_EQ(s(context.call(Function::eq, {i * 2, j * 2 + 1})), context.boolean(false));
}

TEST_F(Simplify, UsesAssumptions) {
  Expr i = loop("i", 100), n = size("n");
  EXPECT_FALSE(analyzer.can_prove(i < n));
  {
    Analyzer::Scope scope(analyzer);
    analyzer.assume(i + 2 < n);
    EXPECT_TRUE(analyzer.can_prove(i < n));
    EXPECT_TRUE(analyzer.can_prove(i * 4 + 8 < n * 4));
  }
  EXPECT_FALSE(analyzer.can_prove(i < n));
}

TEST_F(Simplify, UnderstandsLanes) {
  Expr p = loop("p", 6), n = size("n", {16, 4096, 16}), i = loop("i", n / 16);
  Expr v = ramp(p * 16, 1, 16);
  EXPECT_EQ(s(v + splat(p, 16)), ramp(p * 17, 1, 16));
  EXPECT_EQ(s(v * splat(context.index(3), 16)), ramp(p * 48, 3, 16));
  EXPECT_EQ(s(v / splat(context.index(32), 16)), splat(p / 2, 16));
  EXPECT_EQ(s(v % splat(context.index(32), 16)), ramp(p % 2 * 16, 1, 16));
  EXPECT_EQ(s(ramp(p, 0, 16)), splat(p, 16));
  EXPECT_EQ(s(v < splat(context.index(96), 16)), context.broadcast(context.boolean(true), 16));
  EXPECT_EQ(s(ramp(i * 16, 1, 16) < splat(n, 16)), context.broadcast(context.boolean(true), 16));
  // A mask that all lanes share.
  EXPECT_EQ(s(v < splat(context.index(80), 16)), splat(p < context.index(5), 16));
  EXPECT_EQ(analyzer.divisor(v), 1);
  EXPECT_EQ(analyzer.range(v), (Range{0, 95}));
  EXPECT_EQ(analyzer.divisor(p * 48 + i * 32), 16);
}

TEST_F(Simplify, DataWraps) {
  Var v = context.make_var(Type{DType::i32}, "data");
  Expr x = context.variable(v);
  EXPECT_EQ(s((x * 4) / 4), x * 4 / 4);
  EXPECT_NE(s(x < x + 1), context.boolean(true));
  EXPECT_EQ(s(x + 1 - 1), x);
  Expr byte = context.cast(DType::i32, context.variable(context.make_var(Type{DType::u8}, "byte")));
  EXPECT_EQ(s((byte * 4) / 4), byte);
  EXPECT_EQ(s(byte < byte + 1), context.boolean(true));
  EXPECT_EQ(s(byte / 256), context.constant(Type{DType::i32}, int64_t{0}));
}

TEST_F(Simplify, DataWrapsAtTheEndsOf64Bits) {
  Expr x = context.variable(context.make_var(Type{DType::i64}, "x"));  // data: not bound
  Expr positive = context.call(Function::max, {x, context.index(0)});
  for (Expr sum : {positive + 1, positive * 2, -positive - 2}) {
    EXPECT_EQ(analyzer.range(sum), Range::of(DType::i64));
    EXPECT_EQ(as_int(s(context.index(0) < sum)), std::nullopt);
  }
  EXPECT_EQ(analyzer.range(context.call(Function::min, {positive, context.index(9)}) * 2),
            (Range{0, 18}));
}

TEST_F(Simplify, FoldsFloats) {
  auto f = [&](double value) { return context.constant(Type{DType::f32}, value); };
  Expr x = context.variable(context.make_var(Type{DType::f32}, "x"));
  EXPECT_EQ(s(f(0.1) + f(0.2)), f(static_cast<float>(0.1) + static_cast<float>(0.2)));
  EXPECT_EQ(s(context.call(Function::sqrt, {f(2)})), f(std::sqrt(2.0f)));
  EXPECT_EQ(s(f(1) < f(2)), context.boolean(true));
  EXPECT_EQ(s(x + f(0)), x + f(0));
  EXPECT_EQ(s(x * f(1)), x);
  EXPECT_EQ(s(context.call(Function::exp, {f(1)})), context.call(Function::exp, {f(1)}));
  Expr wide = context.broadcast(x, 8) + context.broadcast(f(2), 8);
  EXPECT_EQ(s(wide), context.broadcast(x + f(2), 8));
}

TEST_F(Simplify, BoundValues) {
  Expr i = loop("i", 8);
  Var four = context.make_var(Type{DType::i64}, "four"),
      twice = context.make_var(Type{DType::i64}, "t");
  analyzer.bind_value(four, context.index(4));
  analyzer.bind_value(twice, i * 2);
  EXPECT_EQ(s(i * context.variable(four)), i * 4);
  EXPECT_EQ(s(context.variable(twice) % 2), context.index(0));
  EXPECT_TRUE(analyzer.can_prove(context.variable(twice) < i * 2 + 1));
  EXPECT_EQ(analyzer.range(context.variable(twice)), (Range{0, 14}));
}

// Random expressions over small variables, evaluated over all of their values.
class RandomExpressions {
 public:
  RandomExpressions(Context& context, Analyzer& analyzer, uint64_t seed, DType dtype)
      : context_(context), random_(seed), dtype_(dtype) {
    Type type{dtype};
    for (int64_t extent : {3, 4, 7}) {
      Var v = context.make_var(type, "i");
      analyzer.bind(v, extent);
      add(v, 0, extent - 1);
    }
    Var n = context.make_var(type, "n");
    analyzer.bind(n, SizeFacts{2, 6, 2});
    add(n, 2, 6, 2);
    Var below = context.make_var(type, "k");
    analyzer.bind(below, context.variable(n));
    add(below, 0, 5);
    bound_ = below;
    size_ = n;
  }

  Expr integer(int depth) {
    auto pick = random_() % (depth > 0 ? 12 : 2);
    Type type{dtype_, lanes};
    switch (pick) {
      case 0:
        return widen(context_.variable(vars_[random_() % vars_.size()].var));
      case 1: {
        static const int64_t constants[] = {0, 1, 2, 3, 4, 6, 8, 16, -1, -5};
        return context_.constant(type, constants[random_() % std::size(constants)]);
      }
      case 2:
      case 3:
        return integer(depth - 1) + integer(depth - 1);
      case 4:
        return integer(depth - 1) - integer(depth - 1);
      case 5:
        return integer(depth - 1) * integer(depth - 1);
      case 6:
        return integer(depth - 1) / divisor();
      case 7:
        return integer(depth - 1) % divisor();
      case 8:
        return context_.call(Function::min, {integer(depth - 1), integer(depth - 1)});
      case 9:
        return context_.call(Function::max, {integer(depth - 1), integer(depth - 1)});
      case 10:
        return context_.call(Function::where,
                             {boolean(depth - 1), integer(depth - 1), integer(depth - 1)});
      default:
        if (lanes == 1) return integer(depth - 1) * 4 + integer(depth - 1);
        int keep = lanes;
        lanes = 1;
        Expr base = integer(depth - 1);
        lanes = keep;
        return context_.ramp(base, context_.constant(Type{dtype_}, int64_t(random_() % 3)), lanes);
    }
  }
  Expr boolean(int depth) {
    static const Function compare[] = {Function::lt, Function::le, Function::gt,
                                       Function::ge, Function::eq, Function::ne};
    if (depth > 0 && random_() % 4 == 0) {
      Expr a = boolean(depth - 1), b = boolean(depth - 1);
      return random_() % 2 ? a && b : a || b;
    }
    return context_.call(compare[random_() % 6], {integer(depth - 1), integer(depth - 1)});
  }

  // Calls f with every state; returns when f is false.
  template <class F>
  bool for_all_states(F&& f) {
    TestState state;
    return enumerate(state, 0, f);
  }

  int lanes = 1;

 private:
  struct Choice {
    Var var;
    int64_t lower, upper, step;
  };
  void add(Var var, int64_t lower, int64_t upper, int64_t step = 1) {
    vars_.push_back({var, lower, upper, step});
  }
  Expr widen(Expr e) { return lanes == 1 ? e : context_.broadcast(e, lanes); }
  Expr divisor() {
    static const int64_t constants[] = {1, 2, 3, 4, 8, 12, 16};
    if (random_() % 4 == 0) return widen(context_.variable(size_));
    return context_.constant(Type{dtype_, lanes}, constants[random_() % std::size(constants)]);
  }
  template <class F>
  bool enumerate(TestState& state, size_t at, F& f) {
    if (at == vars_.size()) return f(state);
    const Choice& c = vars_[at];
    int64_t upper = c.var == bound_ ? state[size_->id].integer - 1 : c.upper;
    for (int64_t x = c.lower; x <= upper; x += c.step) {
      state[c.var->id] = {x};
      if (!enumerate(state, at + 1, f)) return false;
    }
    return true;
  }

  Context& context_;
  std::mt19937_64 random_;
  DType dtype_;
  std::vector<Choice> vars_;
  Var bound_ = nullptr, size_ = nullptr;
};

void fuzz(DType dtype, int lanes, int count) {
  for (int seed = 0; seed < count; seed++) {
    Context context;
    Analyzer analyzer;
    RandomExpressions random(context, analyzer, seed * 1000 + lanes, dtype);
    random.lanes = lanes;
    Expr e = seed % 4 ? random.integer(4) : random.boolean(3);
    Expr simple = analyzer.simplify(e);
    ASSERT_EQ(simple.type(), e.type());
    ASSERT_EQ(analyzer.simplify(simple), simple) << "seed " << seed;
    Range range = analyzer.range(e);
    int64_t divisor = analyzer.divisor(e);
    bool good = random.for_all_states([&](const TestState& state) {
      for (int lane = 0; lane < lanes; lane++) {
        int64_t expected = evaluate(e, state, lane).integer;
        if (evaluate(simple, state, lane).integer != expected) return false;
        if (expected < range.lower || expected > range.upper) return false;
        if (divisor == 0 ? expected != 0 : expected % divisor != 0) return false;
      }
      return true;
    });
    ASSERT_TRUE(good) << "seed " << seed << ", lanes " << lanes;
  }
}

TEST(SimplifyFuzz, Int64) {
  fuzz(DType::i64, 1, 1500);
}
TEST(SimplifyFuzz, Int32) {
  fuzz(DType::i32, 1, 500);
}
TEST(SimplifyFuzz, Lanes) {
  fuzz(DType::i64, 4, 500);
}

}  // namespace
}  // namespace hidet
