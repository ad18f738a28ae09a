#include "graph/pointwise_bodies.h"

#include "graph/expand_operators.h"

namespace hidet {

namespace {

using Math = TensorMath;

constexpr double kSqrt2OverPi = 0.79788456080286535588;
constexpr double kSqrtHalf = 0.70710678118654752440;
constexpr double kGaussianPeak = 0.39894228040143267794;  // 1 / sqrt(2 pi)
constexpr double kCubic = 0.044715;

// A number other than zero at every index.
bool is_nonzero_number(Math x) {
  const Graph& graph = x.editor->graph();
  const NodeId producer = graph.values[x.id].producer;
  if (producer < 0 || graph.nodes[producer].op != Op::full) return false;
  const Attribute& value = graph.nodes[producer].attributes.at("value");
  const auto* number = std::get_if<int64_t>(&value.value);
  return number && *number != 0;
}

}  // namespace

Math bitwise(Function integers, Function booleans, Math x, Math y) {
  return call(is_boolean(x.dtype()) ? booleans : integers, x, y);
}
Math add(Math x, Math y, double factor) {
  if (is_boolean(x.dtype())) {
    if (factor != 1) throw DeclinedCall{"a multiple of booleans"};
    return call(Function::logical_or, x, y);
  }
  return x + (factor == 1 ? y : y * factor);
}
Math subtract(Math x, Math y, double factor) {
  if (is_boolean(x.dtype())) throw DeclinedCall{"a difference of booleans"};
  return x - (factor == 1 ? y : y * factor);
}
Math multiply(Math x, Math y) {
  return bitwise(Function::mul, Function::logical_and, x, y);
}
Math maximum(Math x, Math y) {
  return bitwise(Function::max, Function::logical_or, x, y);
}
Math minimum(Math x, Math y) {
  return bitwise(Function::min, Function::logical_and, x, y);
}

Math quotient(Function function, Math x, Math y) {
  if (!is_floating(y.dtype()) && (is_boolean(y.dtype()) || !is_nonzero_number(y)))
    throw DeclinedCall{"integers divided by what may be zero"};
  return call(function, x, y);
}
Math divide(Math x, Math y, const std::string& mode, DType seen) {
  if (mode == "floor") return quotient(Function::floordiv, x, y);
  if (mode != "trunc") return x / y;
  if (seen == x.dtype()) return quotient(Function::truncdiv, x, y);
  return call(Function::trunc, to(to(x / y, seen), x.dtype()));
}

Math sign(Math x) {
  return is_boolean(x.dtype()) ? x : call(Function::sign, x);
}

Math power(Math x, double exponent) {
  if (is_boolean(x.dtype())) throw DeclinedCall{"a power of booleans"};
  if (exponent == 1) return x;
  if (exponent == 2) return x * x;
  if (exponent == 3) return x * x * x;
  if (!is_floating(x.dtype())) throw DeclinedCall{"a power of integers"};
  if (exponent == 0.5) return call(Function::sqrt, x);
  if (exponent == -0.5) return call(Function::rsqrt, x);
  if (exponent == -1) return 1.0 / x;
  if (exponent == -2) return 1.0 / (x * x);
  return call(Function::pow, x, exponent);
}
Math power(Math x, Math exponent) {
  if (!is_floating(x.dtype())) throw DeclinedCall{"a power of integers"};
  return call(Function::pow, x, exponent);
}

Math interpolate(Math start, Math end, Math weight) {
  return where(call(Function::abs, weight) < 0.5, start + weight * (end - start),
               end - (end - start) * (1.0 - weight));
}

Math gelu(Math x, const std::string& approximate) {
  if (approximate == "tanh") {
    Math inner = kSqrt2OverPi * (x + kCubic * (x * x * x));
    return 0.5 * x * (1.0 + call(Function::tanh, inner));
  }
  return call(Function::gelu_erf, x);
}

Math gelu_gradient(Math g, Math x, const std::string& approximate) {
  if (approximate == "tanh") {
    Math t = call(Function::tanh, kSqrt2OverPi * (x + kCubic * (x * x * x)));
    Math slope = kSqrt2OverPi * (1.0 + 3.0 * kCubic * (x * x));
    return g * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope);
  }
  Math cdf = 0.5 * (1.0 + call(Function::erf, x * kSqrtHalf));
  Math density = call(Function::exp, x * x * -0.5) * kGaussianPeak;
  return g * (cdf + x * density);
}

Math silu_gradient(Math g, Math x) {
  Math s = call(Function::sigmoid, x);
  return g * s * (1.0 + x * (1.0 - s));
}

Math hard_ramp(Math x) {
  return call(Function::min, call(Function::max, x + 3.0, 0.0), 6.0);
}

}  // namespace hidet
