#include <cmath>

#include "graph/expand_operators.h"
#include "graph/tensor_math.h"

namespace hidet {

namespace {

using Math = TensorMath;

enum class Promotion { result, compare, logical, integral };

// PyTorch's common dtype of two operands of one category (tensors with axes, tensors without,
// numbers); operands of a lower category matter only when their class of dtypes is higher.
struct Promoted {
  DType dtype;
  int category;  // 0: number, 1: without axes, 2: with axes
};

int class_rank(DType dtype) {
  return is_boolean(dtype) ? 0 : is_integer(dtype) ? 1 : 2;
}

DType promote_equal(DType a, DType b) {
  if (a == b) return a;
  if (class_rank(a) != class_rank(b)) return class_rank(a) > class_rank(b) ? a : b;
  if (is_floating(a)) {
    const bool halves = bits_of(a) == 16 && bits_of(b) == 16;
    return halves ? DType::f32 : bits_of(a) > bits_of(b) ? a : b;
  }
  if (a == DType::u8 || b == DType::u8) {
    const DType other = a == DType::u8 ? b : a;
    return other == DType::i8 ? DType::i16 : other;
  }
  if (class_of(a) != class_of(b)) throw DeclinedCall{"signed and unsigned integers are mixed"};
  return bits_of(a) > bits_of(b) ? a : b;
}

DType promote(const std::vector<Promoted>& operands) {
  std::optional<DType> by_category[3];
  for (const Promoted& p : operands) {
    auto& slot = by_category[p.category];
    slot = slot ? promote_equal(*slot, p.dtype) : p.dtype;
  }
  std::optional<DType> result;
  for (int category = 2; category >= 0; category--) {
    if (!by_category[category]) continue;
    if (!result || class_rank(*by_category[category]) > class_rank(*result))
      result = *by_category[category];
  }
  return *result;
}

class Body {
 public:
  Body(GraphEditor& editor, const AtenCall& call, Promotion promotion, int operands)
      : editor_(editor), call_(call), promotion_(promotion), operands_(operands) {
    const DType out = call.result().dtype;
    switch (promotion) {
      case Promotion::result:
        type_ = arithmetic_type(out);
        break;
      case Promotion::integral:
        type_ = out;
        break;
      case Promotion::logical:
        type_ = DType::b8;
        break;
      case Promotion::compare:
        type_ = arithmetic_type(common_type());
        break;
    }
  }

  Math operand(int i) {
    if (i >= operands_) return {&editor_, -1};
    if (!call_.is_tensor(i)) return {&editor_, editor_.number(type_, number_argument(i))};
    ValueId value = call_.tensor(i);
    if (promotion_ == Promotion::logical && editor_.dtype(value) != DType::b8) {
      Math x{&editor_, value};
      return call(Function::ne, x, 0.0);
    }
    // Rounded to the common dtype first: a 16-bit result has 16-bit operands.
    if (promotion_ == Promotion::result && is_floating(call_.result().dtype) &&
        bits_of(editor_.dtype(value)) > bits_of(call_.result().dtype))
      value = editor_.cast(value, call_.result().dtype);
    return {&editor_, editor_.cast(value, type_)};
  }
  double number(size_t i) const { return call_.real(i); }
  std::string text(size_t i) const { return call_.text(i); }

  ValueId finish(Math value) {
    ValueId result = editor_.cast(value.id, call_.result().dtype);
    return editor_.expand(result, call_.result().shape);
  }

 private:
  Attribute number_argument(size_t i) const {
    const Attribute& a = call_.argument(i);
    if (std::holds_alternative<std::monostate>(a.value) ||
        std::holds_alternative<std::string>(a.value))
      throw DeclinedCall{fmt::format("argument {} is no number", i)};
    return a;
  }
  DType common_type() const {
    std::vector<Promoted> operands;
    for (int i = 0; i < operands_; i++) {
      if (call_.is_tensor(i)) {
        ValueId value = call_.tensor(i);
        operands.push_back({editor_.dtype(value), editor_.rank(value) > 0 ? 2 : 1});
        continue;
      }
      const Attribute& a = number_argument(i);
      DType dtype = std::holds_alternative<double>(a.value) ? DType::f32
                    : std::holds_alternative<bool>(a.value) ? DType::b8
                                                            : DType::i64;
      operands.push_back({dtype, 0});
    }
    return promote(operands);
  }

  GraphEditor& editor_;
  const AtenCall& call_;
  Promotion promotion_;
  int operands_;
  DType type_ = DType::f32;
};

Math float_only(Math x) {
  if (!is_floating(x.dtype())) throw DeclinedCall{"a power of integers"};
  return x;
}

Math divide(Math x, Math y, const std::string& mode) {
  if (mode == "floor") return call(Function::floordiv, x, y);
  if (mode == "trunc") return call(Function::truncdiv, x, y);
  return x / y;
}

Math power(Math x, double exponent) {
  if (exponent == 2) return x * x;
  if (exponent == 3) return x * x * x;
  if (exponent == 1) return x;
  float_only(x);
  if (exponent == 0.5) return call(Function::sqrt, x);
  if (exponent == -1) return 1.0 / x;
  if (exponent == -0.5) return call(Function::rsqrt, x);
  return call(Function::pow, x, exponent);
}

Math bitwise(Function integers, Function booleans, Math x, Math y) {
  return call(x.dtype() == DType::b8 ? booleans : integers, x, y);
}

constexpr double kSqrt2OverPi = 0.79788456080286535588;
constexpr double kCubic = 0.044715;

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
  Math cdf = 0.5 * (1.0 + call(Function::erf, x * 0.70710678118654752440));
  Math pdf = call(Function::exp, x * x * -0.5) * 0.39894228040143267794;
  return g * (cdf + x * pdf);
}

Math silu_gradient(Math g, Math x) {
  Math s = call(Function::sigmoid, x);
  return g * s * (1.0 + x * (1.0 - s));
}

template <class F>
Expansion elementwise(Promotion promotion, int operands, F body) {
  return [=](GraphEditor& editor, const AtenCall& call) -> std::vector<ValueId> {
    Body b(editor, call, promotion, operands);
    Math x = b.operand(0), y = b.operand(1), z = b.operand(2);
    return {b.finish(body(b, x, y, z))};
  };
}

// clamp(x, low?, high?): numbers or tensors.
std::vector<ValueId> clamp(GraphEditor& editor, const AtenCall& call) {
  Body b(editor, call, Promotion::result, 3);
  Math x = b.operand(0);
  if (!call.is_none(1)) x = hidet::call(Function::max, x, b.operand(1));
  if (!call.is_none(2)) x = hidet::call(Function::min, x, b.operand(2));
  return {b.finish(x)};
}

std::vector<ValueId> select_where(GraphEditor& editor, const AtenCall& call) {
  const DType out = call.result().dtype;
  ValueId condition = call.tensor(0);
  if (editor.dtype(condition) != DType::b8) throw DeclinedCall{"a condition that is no boolean"};
  auto operand = [&](size_t i) {
    return call.is_tensor(i) ? editor.cast(call.tensor(i), out)
                             : editor.number(out, call.argument(i));
  };
  ValueId value = editor.apply(Function::where, {condition, operand(1), operand(2)});
  return {editor.expand(value, call.result().shape)};
}

std::vector<ValueId> masked_fill(GraphEditor& editor, const AtenCall& call) {
  const DType out = call.result().dtype;
  ValueId fill =
      call.is_tensor(2) ? editor.cast(call.tensor(2), out) : editor.number(out, call.argument(2));
  ValueId value = editor.apply(Function::where, {call.tensor(1), fill, call.tensor(0)});
  return {editor.expand(value, call.result().shape)};
}

std::vector<ValueId> convert(GraphEditor& editor, const AtenCall& call) {
  return {editor.expand(editor.cast(call.tensor(0), call.result().dtype), call.result().shape)};
}

}  // namespace

void add_elementwise_expansions(ExpansionTable& table) {
#define HIDET_ELEMENTWISE(aten, promotion, operands, body)                                       \
  table[aten] =                                                                                  \
      elementwise(Promotion::promotion, operands,                                                \
                  []([[maybe_unused]] Body& b, [[maybe_unused]] Math x, [[maybe_unused]] Math y, \
                     [[maybe_unused]] Math z) {                                                  \
                    [[maybe_unused]] auto number = [&](size_t i) { return b.number(i); };        \
                    [[maybe_unused]] auto text = [&](size_t i) { return b.text(i); };            \
                    return body;                                                                 \
                  });
#include "graph/elementwise.def"
#undef HIDET_ELEMENTWISE
  table["aten::clamp"] = clamp;
  table["aten::clamp.Tensor"] = clamp;
  table["aten::where.self"] = select_where;
  table["aten::where.ScalarSelf"] = select_where;
  table["aten::where.ScalarOther"] = select_where;
  table["aten::masked_fill.Scalar"] = masked_fill;
  table["aten::masked_fill.Tensor"] = masked_fill;
  for (const char* name : {"aten::_to_copy", "aten::clone", "aten::alias", "aten::detach",
                           "aten::lift_fresh_copy", "aten::contiguous"})
    table[name] = convert;
}

}  // namespace hidet
