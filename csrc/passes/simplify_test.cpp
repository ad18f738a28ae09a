#include "passes/simplify.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/visit.h"

namespace hidet {
namespace {

int count(Stmt body, StmtKind kind) {
  int n = 0;
  walk(body, [&](Stmt s) { n += s.kind() == kind; });
  return n;
}
const Store* only_store(Stmt body) {
  const Store* found = nullptr;
  walk(body, [&](Stmt s) {
    if (const auto* store = s.as<Store>()) found = store;
  });
  return found;
}

class SimplifyPass : public testing::Test {
 protected:
  Context context;
  Builder b{context, "kernel", "cpu"};
};

TEST_F(SimplifyPass, RemovesWhatIsDecided) {
  Expr n = b.size("n", {1, INT64_MAX, 1});
  Buffer x = b.argument("x", Scope::global, DType::f32, {n, b.index(8)});
  b.loop("i", n, [&](Expr i) {
    b.loop("one", b.index(1), [&](Expr one) {
      b.when(i + one < n, [&] {
        b.loop("j", b.index(8), [&](Expr j) {
          Expr flat = b.let("flat", i * 8 + j);
          b.store(x, {flat / 8, flat % 8}, b.constant(DType::f32, 1));
        });
      });
      b.when(n <= i, [&] { b.store(x, {i, b.index(0)}, b.constant(DType::f32, 2)); });
    });
  });
  Program p = simplify(b.finish());
  EXPECT_EQ(count(p.body, StmtKind::If), 0);
  EXPECT_EQ(count(p.body, StmtKind::For), 2);
  EXPECT_EQ(count(p.body, StmtKind::Store), 1);
}

TEST_F(SimplifyPass, UsesConditionsInTheirBranches) {
  Expr n = b.size("n", {1, INT64_MAX, 1}), m = b.size("m", {1, INT64_MAX, 1});
  Buffer x = b.argument("x", Scope::global, DType::f32, {n});
  b.loop("i", m, [&](Expr i) {
    b.when(
        i < n, [&] { b.when(i < n + 1, [&] { b.store(x, {i}, b.constant(DType::f32, 1)); }); },
        [&] { b.when(i < n, [&] { b.store(x, {i}, b.constant(DType::f32, 2)); }); });
  });
  Program p = simplify(b.finish());
  EXPECT_EQ(count(p.body, StmtKind::If), 1);
  EXPECT_EQ(count(p.body, StmtKind::Store), 1);
}

TEST_F(SimplifyPass, ResolvesMasks) {
  Expr n = b.size("n", {16, INT64_MAX, 16});
  Buffer x = b.argument("x", Scope::global, DType::f32, {n});
  Type wide{DType::f32, 16};
  b.loop("i", n / 16, [&](Expr i) {
    Expr lanes = context.ramp(i * 16, b.index(1), 16);
    Load load;
    load.var = context.make_var(wide, "v");
    load.buffer = x;
    load.index = {lanes};
    load.mask = lanes < context.broadcast(n, 16);
    load.otherwise = context.constant(wide, 0.0);
    b.append(context.make(load));
    Store store;
    store.buffer = x;
    store.index = {lanes};
    store.value = context.variable(load.var);
    store.mask = load.mask;
    b.append(context.make(store));
    store.mask = context.broadcast(n, 16) <= lanes;
    b.append(context.make(store));
  });
  Program p = simplify(b.finish());
  EXPECT_EQ(count(p.body, StmtKind::Store), 1);
  EXPECT_FALSE(only_store(p.body)->mask);
  walk(p.body, [&](Stmt s) {
    if (const auto* load = s.as<Load>()) {
      EXPECT_FALSE(load->mask);
      EXPECT_FALSE(load->otherwise);
    }
  });
}

TEST_F(SimplifyPass, KeepsWhatIsOpen) {
  Expr n = b.size("n", {1, INT64_MAX, 1});
  Buffer x = b.argument("x", Scope::global, DType::f32, {n});
  b.loop("i", (n + 15) / 16, [&](Expr i) {
    b.loop("j", b.index(16), [&](Expr j) {
      b.when(i * 16 + j < n, [&] { b.store(x, {i * 16 + j}, b.constant(DType::f32, 1)); });
    });
  });
  Program p = simplify(b.finish());
  EXPECT_EQ(count(p.body, StmtKind::If), 1);
  EXPECT_EQ(count(p.body, StmtKind::For), 2);
  Program again = simplify(p);
  EXPECT_EQ(only_store(p.body)->index, only_store(again.body)->index);
}

}  // namespace
}  // namespace hidet
