#include "ir/context.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/function.h"
#include "ir/visit.h"

namespace hidet {
namespace {

TEST(Context, InternsEqualExpressions) {
  Context context;
  Expr i = context.variable(context.make_var(Type{DType::i64}, "i"));
  EXPECT_EQ(i * 3 + 1, i * 3 + 1);
  EXPECT_NE(i * 3 + 1, i * 3 + 2);
  Expr other = context.variable(context.make_var(Type{DType::i64}, "i"));
  EXPECT_NE(i, other) << "names are hints, not identities";
}

TEST(Context, FoldsIntegersOnly) {
  Context context;
  Expr i = context.variable(context.make_var(Type{DType::i64}, "i"));
  Expr x = context.variable(context.make_var(Type{DType::f32}, "x"));
  EXPECT_EQ(i * 1 + 0, i);
  EXPECT_TRUE(is_int(i * 0, 0));
  EXPECT_TRUE(is_int(context.index(-7) / 2, -4)) << "rounds to minus infinity";
  EXPECT_TRUE(is_int(context.index(-7) % 2, 1));
  EXPECT_NE(x + 0, x) << "-0.0 + 0 is 0";
  EXPECT_NE(x * 0, context.constant(Type{DType::f32}, 0.0)) << "NaN * 0 is NaN";
}

TEST(Context, ConstantsAreRoundedToTheirType) {
  EXPECT_EQ(wrap_integer(DType::i8, 200), -56);
  EXPECT_EQ(wrap_integer(DType::u8, -1), 255);
  EXPECT_EQ(round_float(DType::bf16, 1.00390625), 1.0) << "a tie goes to even";
  EXPECT_EQ(round_float(DType::f16, 65520.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(round_float(DType::f16, 5.9604644775390625e-08), 5.9604644775390625e-08);
}

TEST(Context, IntegerFunctionsAtTheEdges) {
  EXPECT_EQ(evaluate_integer(Function::floordiv, DType::i64, {INT64_MIN, -1}), INT64_MIN);
  EXPECT_EQ(evaluate_integer(Function::add, DType::i8, {127, 1}), -128);
  EXPECT_EQ(evaluate_integer(Function::mod, DType::i32, {-7, 3}), 2);
  EXPECT_EQ(evaluate_integer(Function::fmod, DType::i32, {-7, 3}), -1);
  EXPECT_EQ(evaluate_integer(Function::shift_left, DType::i32, {1, 40}), 0);
  EXPECT_EQ(evaluate_integer(Function::mod, DType::i32, {1, 0}), std::nullopt);
}

TEST(Visit, RewritesSharedExpressionsOnceAndKeepsWhatIsUnchanged) {
  Context context;
  Builder b(context, "copy", "cpu");
  Expr n = b.size("n");
  Buffer x = b.argument("x", Scope::constant, DType::f32, {n});
  Buffer y = b.argument("y", Scope::global, DType::f32, {n});
  b.loop("i", n, [&](Expr i) { b.store(y, {i}, context.element(x, {i + 1})); });
  Program program = b.finish();

  EXPECT_EQ(substitute(program.body, {}), program.body);
  const auto* size = n.as<Variable>();
  Stmt fixed = substitute(program.body, {{size->var, context.index(8)}});
  EXPECT_TRUE(is_int(fixed.as<For>()->extent, 8));
  EXPECT_EQ(fixed.as<For>()->body, program.body.as<For>()->body);

  int stores = 0, elements = 0;
  walk(
      program.body, [&](Stmt s) { stores += s.as<Store>() != nullptr; },
      [&](Expr root) { walk(root, [&](Expr e) { elements += e.as<Element>() != nullptr; }); });
  EXPECT_EQ(stores, 1);
  EXPECT_EQ(elements, 1);
}

TEST(Visit, RewritesTheExtentsOfMappings) {
  Context context;
  Builder b(context, "tasks", "cpu");
  Expr n = b.size("n");
  b.tasks({"i"}, WorkerScope::core, spatial<Expr>({n}),
          [&](const std::vector<Expr>&) { b.report(n < context.index(0)); });
  Program program = b.finish();
  Stmt fixed = substitute(program.body, {{n.as<Variable>()->var, context.index(6)}});
  EXPECT_TRUE(is_int(fixed.as<ForTask>()->mapping.workers(), 6));
}

}  // namespace
}  // namespace hidet
