#include "ir/verify.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/parse.h"

namespace hidet {
namespace {

std::string first_problem(const std::string& text) {
  Context context;
  const std::vector<std::string> found = problems(parse(context, text));
  return found.empty() ? "none" : found[0];
}

void expect_problem(const std::string& text, const std::string& message) {
  const std::string found = first_problem(text);
  EXPECT_NE(found.find(message), std::string::npos) << "found: " << found << "\nin " << text;
}

std::string on_cpu(const std::string& body) {
  return "program p target cpu\nsize n\nconstant c: f32[8]\nglobal x: f32[8]\nread A: f32[n, 8]\n"
         "map f: f32[n]\nstore C: f32[n]\n{\n" +
         body + "\n}";
}

TEST(Verify, NamesAndTypes) {
  EXPECT_EQ(first_problem(on_cpu("x[0] = c[1] + f(n; A(n, 2))")), "none");
  const std::pair<const char*, const char*> cases[] = {
      {"x[0] = f64(1.0)", "another type than what it is stored to"},
      {"x[0, 1] = 1", "rank 1 has 2 indices"},
      {"x[c[0]] = 1", "no integer"},
      {"c[0] = 1", "nothing writes"},
      {"x[0] = 1 masked n", "a boolean for each lane"},
      {"if n { x[0] = 1 }", "a condition is a boolean"},
      {"report n code 1", "a condition is a boolean"},
      {"C(n, n) = 1", "the site has rank 1"},
      {"C(n) = f64(1.0)", "the site takes f32"},
      {"let v = A(n)", "rank 2 has 1 indices"},
      {"let v = f(n)", "is a map site"},
      {"let v = A(n, n; 1.0)", "is a read site"},
      {"let v = C(n)", "takes values and gives none"},
      {"for vector i in range(n) { x[i] = 1 }", "constant number of lanes"},
      {"for thread (i) in spatial(8) { x[i] = 1 }", "cpu has no thread"},
      {"for lane (i) in spatial(8) covers (n, n) { x[i] = 1 }", "an extent for each axis"},
      {"allocate registers r: f32[4] by spatial(8)", "another shape than its mapping"},
      {"allocate local r: f32[8] by spatial(8)", "not in registers"},
      {"allocate barrier b[2]", "takes 0 arrivals"},
      {"barrier", "waits for nothing"},
      {"roles { a warps 0 .. 1 { } }", "roles are of a GPU"},
      {"let v = x[0] masked n == 1", "another value of its type"},
      {"for lane (i) in spatial(8) { fill x = 0 }", "inside of a loop over workers"},
  };
  for (const auto& [body, message] : cases) expect_problem(on_cpu(body), message);
}

TEST(Verify, ScopesEndWithTheirBodies) {
  Context context;
  Builder b(context, "scopes", "cpu");
  Buffer x = b.argument("x", Scope::global, DType::f32, {b.index(8)});
  Expr inner;
  b.loop("i", b.index(8), [&](Expr i) { inner = b.let("v", i * 2); });
  b.store(x, {inner}, b.constant(DType::f32, 1));
  const auto found = problems(b.finish());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], "variable v is not bound: x[v] = 1.0");

  Builder c(context, "buffers", "cpu");
  Buffer scratch = nullptr;
  c.when(c.size("n") < c.index(3), [&] {
    scratch = c.local("scratch", DType::f32, {c.index(4)});
    c.barrier();
  });
  c.load(scratch, {c.index(0)});
  const auto of_buffers = problems(c.finish());
  ASSERT_EQ(of_buffers.size(), 2u);
  EXPECT_NE(of_buffers[1].find("scratch is not allocated"), std::string::npos) << of_buffers[1];
}

TEST(Verify, Levels) {
  const std::string text = on_cpu("for lane (i) in spatial(8) { x[i] = 1 }");
  Context context;
  Program program = parse(context, text);
  program.level = Level::loops;
  ASSERT_EQ(problems(program).size(), 1u);
  EXPECT_NE(problems(program)[0].find("of the mapped level"), std::string::npos);
  EXPECT_THROW(verify(program, "a_pass"), InternalError);
  try {
    verify(program, "a_pass");
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("broken after a_pass"), std::string::npos);
  }
}

TEST(Verify, Tiles) {
  const std::pair<const char*, const char*> cases[] = {
      {"fill x[4 + :8] = 0", "reaches past axis 0 of x, of 8"},
      {"for i in range(3) { fill x[i * 4 + :4] = 0 }", "reaches past axis 0"},
      {"copy x[:4] <- c", "differ in shape"},
      {"copy x <- c by repeat(4)", "another shape"},
      {"copy C[:8] <- C[:8]", "is a store site"},
      {"copy A[:8, :8] <- A[:8, :8]", "is a read site"},
      {"copy x <- c through cp_async", "cpu has no cp_async"},
      {"copy x <- c through tma", "signals a barrier"},
      {"reduce sum x[0] <- x[:8] axis 1", "the axis of the reduction is not there"},
      {"reduce sum x[:2] <- x[:8] axis 0", "without the axis"},
      {"fill transpose(x) = 0", "has two axes"},
      {"fill c = 0", "written by nothing"},
      {"mma x += x * x", "have two axes"},
      {"mma A[:8, :8] += A[:8, :8] * A[:8, :8]", "read site"},
  };
  for (const auto& [body, message] : cases) expect_problem(on_cpu(body), message);
  EXPECT_EQ(first_problem(on_cpu("for i in range(3) { fill x[i * 2 + :4] = 0 }")), "none");
}

std::string on_gpu(const std::string& body, const std::string& target = "sm_80") {
  return "program p target " + target +
         " threads 128\nsize n\nread A: f32[n]\nread B: bf16[64, 64]\nstore C: f32[n]\n{\n"
         "let tile = spatial(128)\nfor block (i) in spatial(n) {\n"
         "allocate shared s: f32[2, 128]\nallocate registers r: f32[128] by tile\n" +
         body + "\n} }";
}

TEST(Verify, Products) {
  const std::string sums =
      "allocate shared a: bf16[64, 64]\nallocate registers sums: f32[64, 64] by spatial(4, 1) * "
      "repeat(1, 8) * repeat(2, 1) * spatial(8, 4) * repeat(1, 2)\n";
  const auto product = [&](const std::string& statement) { return on_gpu(sums + statement); };
  EXPECT_EQ(first_problem(product("mma sums += a * B with m16n8k16_bf16")), "none");
  expect_problem(product("mma sums += a * B with m16n8k17_bf16"), "no such instruction");
  expect_problem(product("mma sums += a * B with m16n8k16_f16"), "takes operands of f16");
  expect_problem(product("async mma sums += a * B with m16n8k16_bf16"), "is not asynchronous");
  expect_problem(product("async mma sums += a * B"), "only an instruction");
  expect_problem(product("async mma sums += a * a with m64n64k16_bf16"), "sm_80 has no");
  expect_problem(product("mma sums += a[:, :8] * B[0 + :8, :64] with m16n8k16_bf16"),
                 "no multiples");
  expect_problem(product("mma a += a * B"), "accumulator of a product is in registers");
}

// Each loop may run no time, once, or often.
TEST(Verify, Asynchrony) {
  const std::pair<const char*, const char*> cases[] = {
      {"fill s[0] = 0\nbarrier\ncopy r <- s[0]", "none"},
      {"fill s[0] = 0\ncopy r <- s[0]", "no barrier between"},
      {"fill s[0] = 0\ncopy r <- s[1]", "none"},
      {"fill s[0] = 0\nif n < 3 { barrier }\ncopy r <- s[0]", "no barrier between"},
      {"fill s[0] = 0\nif n < 3 { barrier } else { barrier }\ncopy r <- s[0]", "none"},
      {"for t in range(n) { fill s[t % 2] = 0\nbarrier\ncopy r <- s[t % 2] }", "none"},
      {"for t in range(n) { fill s[0] = 0\nbarrier\ncopy r <- s[0] }", "overwrites s"},
      {"for t in range(n) { barrier }\nfill s[0] = 0\nfor t in range(n) { copy r <- s[0] }",
       "no barrier between"},
      {"fill s[0] = 0\nfor t in range(n) { barrier }\nfor t in range(n) { copy r <- s[0] }",
       "none"},
      {"copy s[0] <- A[:128] through cp_async\ncommit cp_async\nwait cp_async leaving 0\nbarrier\n"
       "copy r <- s[0]",
       "none"},
      {"copy s[0] <- A[:128] through cp_async\nwait cp_async leaving 0\nbarrier\ncopy r <- s[0]",
       "no wait between"},
      {"copy s[0] <- A[:128] through cp_async\ncommit cp_async\nif n < 2 { wait cp_async leaving 0 "
       "}\nbarrier\ncopy r <- s[0]",
       "no wait between"},
      {"for thread (j) in tile { s[0, j] = 1 }\nbarrier\nfor thread (j) in tile { s[1, j] = s[0, "
       "127 - j] }",
       "reads s, which other workers"},
      {"fill s[0] = 0\nbarrier\nfor thread (j) in tile { s[0, j] = s[0, j] + 1 }", "none"},
      {"allocate barrier b[] arrivals 1\nbarrier\narrive b\nwait b parity 0", "none"},
      {"allocate barrier b[] arrivals 1\nbarrier\nwait b parity 0", "never ends"},
      {"allocate barrier b[] arrivals 1\nbarrier\nwait b parity 1", "none"},
      {"allocate barrier b[] arrivals 2\nbarrier\narrive b\nwait b parity 0", "never ends"},
      {"roles { x warps 0 .. 2 { fill s[0] = 0 } y warps 2 .. 4 { fill s[0] = 0 } }",
       "no barrier between"},
      {"roles { x warps 0 .. 2 { fill s[0] = 0 } y warps 2 .. 4 { fill s[1] = 0 } }", "none"},
      {"roles { x warps 0 .. 2 { } y warps 1 .. 4 { } }", "no warps of its own"},
      {"allocate barrier b[] arrivals 1\nbarrier\nroles { x warps 0 .. 2 { fill s[0] = 0\narrive b "
       "} "
       "y warps 2 .. 4 { wait b parity 0\nreduce sum s[1, 0] <- s[0] axis 0 } }",
       "none"},
  };
  for (const auto& [body, message] : cases) {
    const std::string b(body), m(message);
    if (m == "none")
      EXPECT_EQ(first_problem(on_gpu(b)), m) << b;
    else
      expect_problem(on_gpu(b), m);
  }
}

}  // namespace
}  // namespace hidet
