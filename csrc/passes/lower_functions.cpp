#include "passes/lower_functions.h"

#include "ir/function.h"
#include "ir/visit.h"
#include "passes/math_f32.h"
#include "passes/math_f64.h"

namespace hidet {

namespace {

Expr lower_f32(Context& context, Function function, const std::vector<Expr>& args) {
  Type type = args[0].type();
  MathBuilder single(context, type), wide(context, type.with_dtype(DType::f64));
  Expr x = args[0];
  switch (function) {
    case Function::rsqrt:
      return single.number(1.0) / single.sqrt(x);
    case Function::exp:
      return math_f32::exp(single, x);
    case Function::exp2:
      return math_f32::exp2(single, x);
    case Function::exp_nonpositive:
      return math_f32::exp_nonpositive(single, x);
    case Function::log:
      return math_f32::log(single, x);
    case Function::sigmoid:
      return math_f32::sigmoid(single, x);
    case Function::tanh:
      return math_f32::tanh(single, x);
    case Function::erf:
      return math_f32::erf(single, x);
    case Function::gelu_erf:
      return math_f32::gelu_erf(single, x);
    case Function::expm1:
      return math_f64::expm1(wide, x);
    case Function::log2:
      return math_f64::log2(wide, x);
    case Function::log10:
      return math_f64::log10(wide, x);
    case Function::log1p:
      return math_f64::log1p(wide, x);
    case Function::sin:
      return math_f64::sin(wide, x);
    case Function::cos:
      return math_f64::cos(wide, x);
    case Function::tan:
      return math_f64::tan(wide, x);
    case Function::asin:
      return math_f64::asin(wide, x);
    case Function::acos:
      return math_f64::acos(wide, x);
    case Function::atan:
      return math_f64::atan(wide, x);
    case Function::atan2:
      return math_f64::atan2(wide, x, args[1]);
    case Function::sinh:
      return math_f64::sinh(wide, x);
    case Function::cosh:
      return math_f64::cosh(wide, x);
    case Function::asinh:
      return math_f64::asinh(wide, x);
    case Function::acosh:
      return math_f64::acosh(wide, x);
    case Function::atanh:
      return math_f64::atanh(wide, x);
    case Function::erfc:
      return math_f64::erfc(wide, x);
    case Function::pow:
      return math_f64::pow(wide, x, args[1]);
    default:
      HIDET_UNREACHABLE("{} is no elementary function", name_of(function));
  }
}

Expr lower_f64(Context& context, Function function, const std::vector<Expr>& args) {
  MathBuilder m(context, args[0].type());
  Expr x = args[0];
  switch (function) {
    case Function::rsqrt:
      return m.number(1.0) / m.sqrt(x);
    case Function::exp_nonpositive:
      return m.call(Function::exp, {x});
    case Function::sigmoid: {
      Expr power = m.call(Function::exp, {m.call(Function::neg, {x})});
      return m.number(1.0) / m.add(power, 1.0);
    }
    case Function::gelu_erf: {
      constexpr double minus_root_half = -0.70710678118654752440;
      return m.mul(x, 0.5) * m.call(Function::erfc, {m.mul(x, minus_root_half)});
    }
    default:
      return m.call(function, args);
  }
}

class LowerFunctions : public Rewriter {
 public:
  explicit LowerFunctions(Context& context) : context_(context) {}

 protected:
  Expr on_expr(Expr e) override {
    Expr inner = recurse(e);
    const auto* call = inner.as<Call>();
    if (!call || !is_elementary(call->function)) return inner;
    return lower_function(context_, call->function, call->args);
  }

 private:
  Context& context_;
};

}  // namespace

Expr lower_function(Context& context, Function function, const std::vector<Expr>& args) {
  HIDET_ASSERT(is_elementary(function), "{} is no elementary function", name_of(function));
  DType dtype = args[0].type().dtype;
  if (dtype == DType::f32) return lower_f32(context, function, args);
  if (dtype == DType::f64) return lower_f64(context, function, args);
  HIDET_ASSERT(is_floating(dtype), "{} of {}", name_of(function), name_of(dtype));
  std::vector<Expr> widened;
  for (Expr e : args) widened.push_back(context.cast(DType::f32, e));
  return context.cast(dtype, lower_f32(context, function, widened));
}

Program lower_functions(const Program& program) {
  LowerFunctions pass(*program.context);
  Program result = program;
  result.body = pass.rewrite(program.body);
  return result;
}

}  // namespace hidet
