// A direct evaluator for the tests of arith/: one lane of an expression, integers as int64 and
// floats as double.
#pragma once

#include <bit>
#include <cmath>
#include <map>

#include "ir/context.h"
#include "ir/function.h"

namespace hidet {

struct TestValue {
  int64_t integer = 0;
  double real = 0;
};

using TestState = std::map<uint32_t, TestValue>;  // by id of a variable; vectors: by id, one a lane

inline double evaluate_float(Function f, DType type, double a, double b, double c) {
  switch (f) {
    case Function::add:
      return round_float(type, a + b);
    case Function::sub:
      return round_float(type, a - b);
    case Function::mul:
      return round_float(type, a * b);
    case Function::div:
      return round_float(type, a / b);
    case Function::fma:
      return type == DType::f32 ? std::fma(float(a), float(b), float(c)) : std::fma(a, b, c);
    case Function::neg:
      return -a;
    case Function::abs:
      return std::fabs(a);
    case Function::floor:
      return std::floor(a);
    case Function::ceil:
      return std::ceil(a);
    case Function::trunc:
      return std::trunc(a);
    case Function::round:
      return std::nearbyint(a);
    case Function::sqrt:
      return round_float(type, std::sqrt(a));
    case Function::min:
      return std::isnan(a) || std::isnan(b) ? NAN : b < a ? b : a;
    case Function::max:
      return std::isnan(a) || std::isnan(b) ? NAN : a < b ? b : a;
    case Function::fmin:
      return std::isnan(a) ? b : b < a ? b : a;
    case Function::fmax:
      return std::isnan(a) ? b : a < b ? b : a;
    default:
      HIDET_UNREACHABLE("test evaluator: {} of floats", name_of(f));
  }
}

inline int64_t evaluate_float_comparison(Function f, double a, double b) {
  switch (f) {
    case Function::eq:
      return a == b;
    case Function::ne:
      return a != b;
    case Function::lt:
      return a < b;
    case Function::le:
      return a <= b;
    case Function::gt:
      return a > b;
    case Function::ge:
      return a >= b;
    case Function::is_nan:
      return std::isnan(a);
    case Function::is_inf:
      return std::isinf(a);
    default:
      HIDET_UNREACHABLE("test evaluator: {} of floats to a boolean", name_of(f));
  }
}

// Lane `lane` of `e`. A variable with lanes has the same value in each, plus its lane's number.
inline TestValue evaluate(Expr e, const TestState& state, int lane) {
  if (const auto* c = e.as<Constant>()) return {c->as_int(), c->as_float()};
  if (const auto* v = e.as<Variable>()) {
    TestValue value = state.at(v->var->id);
    if (e.type().is_vector()) value.integer += lane;
    return value;
  }
  if (const auto* b = e.as<Broadcast>()) return evaluate(b->value, state, 0);
  DType type = e.type().dtype;
  if (const auto* r = e.as<Ramp>())
    return {wrap_integer(
        type, evaluate(r->base, state, 0).integer + lane * evaluate(r->stride, state, 0).integer)};
  if (const auto* c = e.as<Cast>()) {
    TestValue value = evaluate(c->value, state, lane);
    return {wrap_integer(type, value.integer), value.real};
  }
  const auto* call = e.as<Call>();
  HIDET_ASSERT(call, "test evaluator");
  std::vector<TestValue> args;
  std::vector<int64_t> integers;
  for (Expr arg : call->args) {
    args.push_back(evaluate(arg, state, lane));
    integers.push_back(args.back().integer);
  }
  DType operand = call->args[0].type().dtype;
  if (call->function == Function::where) return args[0].integer ? args[1] : args[2];
  if (call->function == Function::float_to_bits) {
    float x = static_cast<float>(args[0].real);
    return {std::bit_cast<int32_t>(x)};
  }
  if (call->function == Function::bits_to_float)
    return {0, std::bit_cast<float>(static_cast<int32_t>(args[0].integer))};
  if (is_floating(operand)) {
    double a = args[0].real, b = args.size() > 1 ? args[1].real : 0;
    double c = args.size() > 2 ? args[2].real : 0;
    if (is_boolean(type)) return {evaluate_float_comparison(call->function, a, b)};
    return {0, evaluate_float(call->function, type, a, b, c)};
  }
  auto value = evaluate_integer(call->function, operand, integers);
  HIDET_ASSERT(value, "test evaluator: {} undefined", name_of(call->function));
  return {*value};
}

}  // namespace hidet
