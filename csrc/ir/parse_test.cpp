#include "ir/parse.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/builder.h"
#include "ir/equal.h"
#include "ir/print.h"
#include "ir/visit.h"

namespace hidet {
namespace {

void expect_round_trip(const Program& program) {
  const std::string text = print(program);
  Context other;
  Program again;
  ASSERT_NO_THROW(again = parse(other, text)) << text;
  EXPECT_TRUE(equal(program, again)) << text << "\n--- came back as\n" << print(again);
  EXPECT_EQ(hash_of(program), hash_of(again));
  EXPECT_EQ(print(again), text);
}

std::string message_of(const std::string& text) {
  Context context;
  try {
    parse(context, text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

// Every statement and every form of a slice, a mapping and a layout.
constexpr const char* kEverything = R"(
program everything target sm_90a threads 384
size m lower 1 upper 512
size k divisor 8
constant w: bf16[k, 48] layout(k: k@48, 48: 6@8 8@1) offset 16 align 64
global out: f32[m]
read A: f32[m, k]
map score: f32[m, k]
rowwise norm: f32[m]
store C: f32[m, k]
grid [(m + 127) / 128, 2]
{
  let tile = spatial(2, 2) * repeat(4, 1, order 1 0) * spatial(8, 4)
  for block (y, x) in spatial((m + 63) / 64, (k + 31) / 32) covers (m, k) {
    allocate shared a: f32[2, 64, 32] padded 1
    allocate shared b: f32[2, 32, 64] swizzle 3 3 3
    allocate registers acc: f32[64, 32] by tile
    allocate registers top: f32[64] by spatial(2) * repeat(4) * spatial(8) * replicate(8)
    allocate barrier full[2] arrivals 1
    fill acc = 0
    copy a[0] <- A[y * 64 + :64, x * 32 + :32] by tile through cp_async
    commit cp_async
    wait cp_async leaving 0
    barrier
    for thread (r, c) in repeat(16, 1) * spatial(4, 32) {
      a[1, r, c] = A(y * 64 + r, x * 32 + c) through cp_async
      instruction cp_async_16 b[0, r, c], w[c, r] with (3_i32)
      instruction mma_m16n8k8_tf32 acc[r, c], acc[r, c], acc[r, c]
    }
    copy b[1] <- transpose(A[x * 32 + :64, :32]) through tma signal full[1]
    expect full[1] bytes 8192
    arrive full[0]
    wait full[1] parity 1
    mma acc += a[0] * transpose(b[1, :, 0 + :32]) with m16n8k8_tf32
    async mma acc += a[0] * a[0, :32]
    commit wgmma
    wait wgmma leaving 1
    reduce max top <- acc axis 1
    for thread (r, c) in tile {
      let v = acc[r, c]
      exchange other = v lanes 16
      acc[r, c] = score(r, c; exp(v - top[r])) + norm(r) + other
      C(y * 64 + r, x * 32 + c) = -v * 2.0
    }
    roles {
      producer warps 0 .. 4 registers 40 {
        let five = 5_i32
        report five == 5 code 1
        prefetch out[m + 64]
        prefetch A(3, five)
      }
      consumer warps 4 .. 12 {
      }
    }
  }
  outline epilogue {
    for unrolled i in range(4) {
      if i < m && !(i == 3) {
        let v = out[i] masked i + 1 < m else -inf
        out[i] = max(v, f32(w[i, 3])) masked i < m
      } else {
        out[i] = 0.5
      }
    }
    for vector j in range(16) {
      let bits = float_to_bits(f32(j))
      let s = shift_left(bits, 3_i32)
      let at = ramp(j * 2, 3, 8)
      let wide = broadcast(f32(s), 8) * f32(at) + 1.0
      out[at] = wide
      let t = load w[j, 0]
      let q = sum_lanes(wide)
      let r = -nan_f64
      let z = where(q < 1e-30, 0.1_f16, 65504.0_f16)
      let u = -9223372036854775808
    }
  }
}
)";

TEST(Parse, EveryNodeRoundTrips) {
  Context context;
  const Program program = parse(context, kEverything);
  expect_round_trip(program);
  // Each kind of statement occurs in it.
  std::vector<bool> seen(256);
  walk(program.body, [&](Stmt s) { seen[static_cast<size_t>(s.kind())] = true; });
#define HIDET_STMT(Name) EXPECT_TRUE(seen[static_cast<size_t>(StmtKind::Name)]) << #Name;
#include "ir/nodes.def"
}

// The number that tells a name from others is no part of it.
TEST(Parse, NamesSurvive) {
  Context context, other;
  const std::string text = R"(program p target cpu
global x: f32[8]
{
  for i in range(8) {
    x[i] = 1.0
  }
  for i.1 in range(8) {
    let x.1 = x[i.1]
    x[i.1] = x.1 + 1.0
  }
}
)";
  const Program program = parse(context, text);
  EXPECT_EQ(print(program), text);
  walk(program.body, [](Stmt s) {
    if (const auto* loop = s.as<For>()) {
      EXPECT_EQ(loop->var->name, "i");
    } else if (const auto* load = s.as<Load>()) {
      EXPECT_EQ(load->var->name, "x");
    }
  });
}

TEST(Parse, ReadsOfMutableBuffersBecomeLoads) {
  Context context;
  const Program program = parse(context, R"(
program p target cpu
constant w: f32[8]
global x: f32[8]
{
  for i in range(8) { x[i] = exp(x[i] - w[i]) * 2 }
})");
  EXPECT_EQ(print(program), R"(program p target cpu
constant w: f32[8]
global x: f32[8]
{
  for i in range(8) {
    let x.1 = x[i]
    x[i] = exp(x.1 - w[i]) * 2.0
  }
}
)");
  expect_round_trip(program);
}

TEST(Parse, NamesAreMadeUnique) {
  Context context;
  Builder b(context, "names", "cpu");
  Buffer x = b.argument("exp", Scope::global, DType::f32, {b.index(4), b.index(4)});
  b.loop("i", b.index(4), [&](Expr i) {
    b.loop("i", b.index(4), [&](Expr j) {
      Expr v = b.let("for", context.cast(DType::f32, i + j));
      b.store(x, {i, j}, v);
      b.let("", v);
      b.let("3 d", v);
    });
  });
  expect_round_trip(b.finish());
}

// A chain of 64 squarings would be a tree of 2^64 nodes.
TEST(Parse, SharedExpressionsAreDefinedOnce) {
  Context context;
  Builder b(context, "shared", "cpu");
  Buffer x = b.argument("x", Scope::constant, DType::f32, {b.index(4)});
  Buffer y = b.argument("y", Scope::global, DType::f32, {b.index(4)});
  b.loop("i", b.index(4), [&](Expr i) {
    Expr v = context.element(x, {i});
    for (int n = 0; n < 64; ++n) v = v * v + v;
    b.store(y, {i}, v);
  });
  const Program program = b.finish();
  EXPECT_LT(print(program).size(), 6000u);
  expect_round_trip(program);
}

TEST(Parse, ConstantsKeepEveryBit) {
  Context context;
  Builder b(context, "constants", "cpu");
  const double values[] = {0.0,      -0.0,      0.1,    1e300, -1e-300, 5e-324, 16777217.0,
                           INFINITY, -INFINITY, 3.0e38, 1e-45, 65504.0, 6e-8,   std::nan("")};
  for (DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64})
    for (double value : values) b.let("c", b.constant(dtype, value));
  for (DType dtype : {DType::u8, DType::i8, DType::i16, DType::i32, DType::i64, DType::u16,
                      DType::u32, DType::u64, DType::b8})
    for (int64_t value : {int64_t{0}, int64_t{1}, int64_t{-1}, INT64_MIN, INT64_MAX})
      b.let("c", context.constant(Type{dtype}, value));
  b.let("negated", -b.constant(DType::f32, 1.5));
  expect_round_trip(b.finish());
}

TEST(Parse, OperatorsKeepTheirShape) {
  Context context;
  Builder b(context, "operators", "cpu");
  Expr x = b.size("x"), y = b.size("y"), z = b.size("z");
  Expr f = context.cast(DType::f32, x), g = context.cast(DType::f32, y);
  for (Expr e : {x - (y - z), (x - y) - z, x * (y + z), x + y * z, x / (y * z), x / y * z,
                 x % (y % z), (x + y) / z, -(x + y), -x * y, x - (-y), f / g / f, f / (g / f),
                 -f - g, context.call(Function::floordiv, {f, g}),
                 context.call(Function::mod, {f, g}), context.call(Function::pow, {f, g})})
    b.let("e", e);
  Expr c = x < y, d = y <= z;
  for (Expr e :
       {c && (d || c), (c && d) || c, context.call(Function::eq, {c, d}),
        context.call(Function::logical_not, {c && d}), context.call(Function::where, {c, x, y})})
    b.let("e", e);
  expect_round_trip(b.finish());
}

TEST(Parse, ASiteMayHaveTheNameOfAFunction) {
  Context context;
  Builder b(context, "site", "cpu");
  b.site(SiteKind::read, "exp", DType::f32, {b.index(4)});
  b.site(SiteKind::store, "out", DType::f32, {b.index(4)});
  Expr v = b.read("exp", {b.index(1)});
  b.store_site("out", {b.index(0)}, context.call(Function::exp, {v}));
  expect_round_trip(b.finish());
}

TEST(Parse, TablesAreNamed) {
  Context context;
  const MappingTables tables = {
      {"reversed", [](const std::vector<Expr>& n) {
         return table<Expr>(
             "reversed(" + std::to_string(*as_int(n[0])) + ")", {n[0]},
             [n](const Expr& worker) -> std::vector<Expr> { return {n[0] - 1 - worker}; });
       }}};
  const std::string text = R"(program p target cpu
global x: f32[8]
{
  for core (i) in reversed(8) {
    x[i] = 1.0
  }
}
)";
  const Program program = parse(context, text, tables);
  EXPECT_EQ(print(program), text);
  EXPECT_TRUE(equal(program, parse(context, text, tables)));
}

TEST(Parse, MistakesAreReportedWithTheirLine) {
  const std::string head = "program p target cpu\nsize n\nglobal x: f32[n]\n{\n";
  const auto mistake = [&](const std::string& line) { return message_of(head + line + "\n}"); };
  EXPECT_EQ(mistake("x[0] = 1"), "no error");
  EXPECT_EQ(mistake("x[0] = y"), "line 5: 'y' is not defined");
  EXPECT_EQ(mistake("\nfrobnicate x"), "line 6: 'frobnicate' starts no statement");
  EXPECT_EQ(mistake("x[0] = exp(1.0, 2.0)"), "line 5: exp takes 1 operands, not 2");
  EXPECT_EQ(mistake("let exp = 1"), "line 5: 'exp' has a meaning of its own");
  EXPECT_EQ(mistake("let a = 1 masked true"), "line 5: only a read has a mask");
  EXPECT_EQ(mistake("for i in range(3 { }"), "line 5: expected ')', not '{'");
  EXPECT_EQ(mistake("fill z = 0"), "line 5: there is no buffer 'z'");
  EXPECT_EQ(mistake("let a = n + 0.5"), "line 5: 0.5 is no i64");
  EXPECT_EQ(mistake("let a = 99999999999999999999"), "line 5: 99999999999999999999 is too large");
  EXPECT_EQ(mistake("let a = n ? 1"), "line 5: '?' is no part of a program");
  EXPECT_EQ(mistake("let m = spatial(0)"), "line 5: 0 is no extent of a task mapping");
  EXPECT_NE(mistake("let a = f32(n) + f64(n)").find("line 5: "), std::string::npos);
  EXPECT_EQ(message_of("program p target cpu {"), "line 1: the text ends inside of a body");
}

TEST(Equal, SeesWhatDiffers) {
  const std::string text = print([] {
    static Context context;
    return parse(context, kEverything);
  }());
  Context context;
  const Program program = parse(context, text);
  // Each change of one number or word gives another program, of another hash.
  const std::pair<const char*, const char*> changes[] = {
      {"leaving 1", "leaving 2"},
      {"axis 1", "axis 0"},
      {"reduce max", "reduce min"},
      {"arrivals 1", "arrivals 2"},
      {"warps 0 .. 4", "warps 0 .. 8"},
      {"registers 40", "registers 48"},
      {"through tma", "through cp_async"},
      {"async mma", "mma"},
      {"code 1", "code 2"},
      {"lanes 16", "lanes 8"},
      {"parity 1", "parity 0"},
      {"exp(", "exp2("},
      {"for unrolled", "for"},
      {"repeat(4, 1, order 1 0)", "repeat(4, 1)"},
      {"threads 384", "threads 256"},
      {"m16n8k8_tf32", "m16n8k16_bf16"},
      {"0.5", "0.25"},
      {"covers (m, k)", "covers (k, m)"},
      {"signal full[1]", "signal full[0]"},
      {"a[0, 0 + :32", "a[1, 0 + :32"},
      {"layout(k: k@48", "layout(k: k@56"},
      {"divisor 8", "divisor 4"},
      {"swizzle 3 3 3", "swizzle 2 3 3"},
  };
  for (const auto& [from, to] : changes) {
    std::string changed = text;
    const size_t at = changed.find(from);
    ASSERT_NE(at, std::string::npos) << from << " in\n" << text;
    changed.replace(at, std::string(from).size(), to);
    Context other;
    EXPECT_FALSE(equal(program, parse(other, changed))) << from << " -> " << to;
  }
}

TEST(Equal, VariablesByPosition) {
  Context context;
  Var i = context.make_var(Type{DType::i64}, "i"), j = context.make_var(Type{DType::i64}, "j");
  Expr a = context.variable(i), b = context.variable(j);
  EXPECT_TRUE(equal(a - b * 2, b - a * 2));
  EXPECT_FALSE(equal(a - b, a - a * 1));
  EXPECT_FALSE(equal(a * a, a * b)) << "one variable is not two";
  EXPECT_FALSE(equal(a * b, a * a));
}

}  // namespace
}  // namespace hidet
