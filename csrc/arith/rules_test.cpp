// Every row of the rule table against direct evaluation.
#include "arith/rules.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <set>

#include "arith/evaluate_for_test.h"

namespace hidet {
namespace {

std::set<char> names_of(const Pattern& pattern) {
  std::set<char> names;
  if (pattern.kind == Pattern::Kind::call) {
    for (const Pattern& operand : pattern.operands) names.merge(names_of(operand));
  } else if (pattern.name) {
    names.insert(pattern.name);
  }
  return names;
}

int64_t random_integer(std::mt19937_64& random, DType type) {
  static const int64_t special[] = {0,    1,   -1,        2,         -2,        127,
                                    -128, 255, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
  int64_t value =
      random() % 3 ? special[random() % std::size(special)] : static_cast<int64_t>(random());
  return wrap_integer(type, value);
}

double random_float(std::mt19937_64& random, DType type) {
  static const double special[] = {0.0,  -0.0,  1,     -1,       0.5,       -2.5,
                                   1e30, -1e30, 1e-40, INFINITY, -INFINITY, NAN};
  double value = random() % 2
                     ? special[random() % std::size(special)]
                     : std::ldexp(static_cast<double>(static_cast<int64_t>(random())), -60);
  return round_float(type, value);
}

bool same(TestValue a, TestValue b, DType type) {
  if (!is_floating(type)) return a.integer == b.integer;
  if (std::isnan(a.real) || std::isnan(b.real)) return std::isnan(a.real) && std::isnan(b.real);
  return std::bit_cast<uint64_t>(a.real) == std::bit_cast<uint64_t>(b.real);
}

// The root of `from` with variables for its names, or null where the types do not fit.
Expr instance(const Pattern& from, DType dtype, Context& context, Bindings& bindings,
              std::mt19937_64& random) {
  for (char name : names_of(from)) {
    bool boolean = name == 'p' || name == 'q';
    Type type{boolean ? DType::b8 : dtype};
    bool constant = name == 'c' || name == 'd';
    Expr e = !constant            ? context.variable(context.make_var(type, std::string(1, name)))
             : is_floating(dtype) ? context.constant(type, random_float(random, dtype))
                                  : context.constant(type, random_integer(random, dtype));
    bindings.emplace_back(name, e);
  }
  return instantiate(from, context, Type{dtype}, bindings);
}

TEST(Rules, HoldOnRandomAndSpecialValues) {
  std::mt19937_64 random(1);
  for (const Rule& rule : simplification_rules()) {
    Pattern from = parse_pattern(rule.from), to = parse_pattern(rule.to);
    bool has_x = names_of(from).count('x');
    bool bits = std::string(rule.from).find("to_") != std::string::npos;
    int instances = 0;
    for (DType dtype :
         {DType::b8, DType::u8, DType::i8, DType::i32, DType::i64, DType::f32, DType::f64}) {
      if (!in_domain(rule.domain, has_x ? dtype : DType::b8)) continue;
      if (!has_x && dtype != DType::b8) continue;
      if (has_x && dtype == DType::b8) continue;
      if (bits && dtype != DType::f32 && dtype != DType::i32) continue;
      if (is_floating(dtype) && std::string(rule.from).find("bit_") != std::string::npos) continue;
      for (int trial = 0; trial < 300; trial++) {
        Context context;
        Bindings bindings;
        Expr left = instance(from, dtype, context, bindings, random);
        Expr right = instantiate(to, context, Type{dtype}, bindings);
        ASSERT_EQ(left.type(), right.type()) << rule.name;
        TestState state;
        for (auto [name, e] : bindings)
          if (const auto* v = e.as<Variable>())
            state[v->var->id] = is_floating(e.type().dtype)
                                    ? TestValue{0, random_float(random, e.type().dtype)}
                                    : TestValue{random_integer(random, e.type().dtype)};
        ASSERT_TRUE(same(evaluate(left, state, 0), evaluate(right, state, 0), left.type().dtype))
            << rule.name << " on " << name_of(dtype);
        instances++;
      }
    }
    EXPECT_GE(instances, 300) << rule.name;
  }
}

TEST(Rules, AreFoundByTheirPattern) {
  Context context;
  std::mt19937_64 random(2);
  for (const Rule& rule : simplification_rules()) {
    Pattern from = parse_pattern(rule.from);
    DType dtype = !names_of(from).count('x')           ? DType::b8
                  : rule.domain == RuleDomain::integer ? DType::i32
                                                       : DType::f32;
    if (std::string(rule.from).find("bit_not") != std::string::npos) dtype = DType::i32;
    Bindings bindings;
    // With lanes, where the context folds nothing by itself.
    for (char name : names_of(from)) {
      Type type{name == 'p' || name == 'q' ? DType::b8 : dtype, 4};
      Expr e = name == 'c' || name == 'd' ? context.constant(type, random_integer(random, dtype))
                                          : context.variable(context.make_var(type, "v"));
      bindings.emplace_back(name, e);
    }
    Expr left = instantiate(from, context, Type{dtype, 4}, bindings);
    if (names_of(from).empty() || left.kind() != ExprKind::Call) continue;
    EXPECT_TRUE(apply_rules(left)) << rule.name;
  }
}

TEST(Rules, FloatZeroIsNoUnit) {
  Context context;
  Expr x = context.variable(context.make_var(Type{DType::f32}, "x"));
  Expr zero = context.constant(Type{DType::f32}, 0.0);
  EXPECT_FALSE(apply_rules(context.call(Function::add, {x, zero})));
  EXPECT_FALSE(apply_rules(context.call(Function::mul, {x, zero})));
  EXPECT_FALSE(
      apply_rules(context.call(Function::sub, {x, context.constant(Type{DType::f32}, -0.0)})));
  EXPECT_FALSE(apply_rules(context.call(Function::eq, {x, x})));
}

}  // namespace
}  // namespace hidet
