#include "emit/cpp_expr.h"

#include <bit>
#include <cmath>

#include "base/format.h"

namespace hidet {

namespace {

std::string float_text(double value, DType dtype) {
  return dtype == DType::f64 ? shortest_text(value)
                             : shortest_text(static_cast<float>(value)) + "f";
}

// `value` is representable.
uint32_t half_bits(double value, DType dtype) {
  const uint32_t bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  if (dtype == DType::bf16) return bits >> 16;
  const uint32_t sign = bits >> 16 & 0x8000u;
  if (std::isnan(value)) return 0x7e00u;
  if (std::isinf(value)) return sign | 0x7c00u;
  const double size = std::fabs(value);
  if (size < 0x1p-14) return sign | static_cast<uint32_t>(size * 0x1p24);
  return sign | ((bits & 0x7fffffffu) - (112u << 23)) >> 13;
}

struct Operator {
  const char* text;
  Strength strength;
  bool compares = false;
};

const Operator* operator_of(Function function) {
  static const std::unordered_map<Function, Operator> table = {
      {Function::add, {"+", Strength::sum}},
      {Function::sub, {"-", Strength::sum}},
      {Function::mul, {"*", Strength::product}},
      {Function::div, {"/", Strength::product}},
      {Function::truncdiv, {"/", Strength::product}},
      {Function::fmod, {"%", Strength::product}},
      {Function::bit_and, {"&", Strength::bit_and}},
      {Function::bit_or, {"|", Strength::bit_or}},
      {Function::bit_xor, {"^", Strength::bit_xor}},
      {Function::shift_left, {"<<", Strength::shift}},
      {Function::shift_right, {">>", Strength::shift}},
      {Function::eq, {"==", Strength::equality, true}},
      {Function::ne, {"!=", Strength::equality, true}},
      {Function::lt, {"<", Strength::relation, true}},
      {Function::le, {"<=", Strength::relation, true}},
      {Function::gt, {">", Strength::relation, true}},
      {Function::ge, {">=", Strength::relation, true}},
  };
  auto it = table.find(function);
  return it == table.end() ? nullptr : &it->second;
}

Strength tighter(Strength strength) {
  return static_cast<Strength>(static_cast<int>(strength) + 1);
}

// C++ computes narrower integers as int.
bool is_promoted(Type type) {
  return !type.is_vector() && is_integer(type.dtype) && bits_of(type.dtype) < 32;
}

}  // namespace

DType signed_integer(int bits) {
  switch (bits) {
    case 8:
      return DType::i8;
    case 16:
      return DType::i16;
    case 32:
      return DType::i32;
    default:
      return DType::i64;
  }
}

Expr prefix_count(Expr mask) {
  const auto* less = mask ? mask.as<Call>() : nullptr;
  if (!less || less->function != Function::lt) return {};
  const auto* lane = less->args[0].as<Ramp>();
  const auto* bound = less->args[1].as<Broadcast>();
  if (!lane || !bound || !is_int(lane->base, 0) || !is_int(lane->stride, 1)) return {};
  return bound->value;
}

std::string CppExprs::wrap(const Text& text, Strength least) {
  return text.strength < least ? "(" + text.text + ")" : text.text;
}

void CppExprs::name(Var var, std::string text, Strength strength, int mask_bits) {
  vars_[var] = {std::move(text), strength};
  if (mask_bits) mask_bits_[var] = mask_bits;
}

const std::string& CppExprs::name_of(Buffer buffer) const {
  auto it = buffers_.find(buffer);
  HIDET_ASSERT(it != buffers_.end(), "buffer {} is not allocated here", buffer->name);
  return it->second;
}

std::string CppExprs::type(Type type, int mask_bits) {
  if (type.dtype == DType::b8 && type.is_vector())
    return prelude_.type(signed_integer(mask_bits ? mask_bits : 8), type.lanes);
  return prelude_.type(type.dtype, type.lanes);
}

std::string CppExprs::scalar_type(DType dtype) {
  return prelude_.type(dtype == DType::b8 ? DType::u8 : dtype);
}

std::string CppExprs::print(Expr e, Strength least) {
  return wrap(expr(e), least);
}

std::string CppExprs::mask(Expr e, int bits, Strength least) {
  return wrap(mask_text(e, bits), least);
}

int CppExprs::mask_bits(Expr e) const {
  if (const auto* variable = e.as<Variable>()) return mask_bits_.at(variable->var);
  if (const auto* call = e.as<Call>()) {
    const Type operand = call->args[0].type();
    if (operand.dtype != DType::b8) return bits_of(operand.dtype);
    for (Expr arg : call->args)
      if (!arg.as<Broadcast>()) return mask_bits(arg);
  }
  return 8;
}

CppExprs::Text CppExprs::mask_text(Expr e, int bits) {
  const DType integer = signed_integer(bits);
  const std::string vector = prelude_.type(integer, e.type().lanes);
  if (const auto* broadcast = e.as<Broadcast>()) {
    if (auto value = as_int(e))
      return {*value ? hidet::format("~({}){{}}", vector) : hidet::format("({}){{}}", vector),
              Strength::unary};
    return {hidet::format("{}(-({})({}))", prelude_.function("broadcast", integer, e.type().lanes),
                          prelude_.type(integer), print(broadcast->value)),
            Strength::primary};
  }
  const auto* call = e.as<Call>();
  if (call && call->args[0].type().dtype == DType::b8) {
    const auto both = [&](const char* op, Strength strength) -> Text {
      return {hidet::format("{} {} {}", mask(call->args[0], bits, strength), op,
                            mask(call->args[1], bits, tighter(strength))),
              strength};
    };
    switch (call->function) {
      case Function::logical_and:
      case Function::bit_and:
        return both("&", Strength::bit_and);
      case Function::logical_or:
      case Function::bit_or:
        return both("|", Strength::bit_or);
      case Function::ne:
      case Function::logical_xor:
      case Function::bit_xor:
        return both("^", Strength::bit_xor);
      case Function::eq:
        return {hidet::format("~({} ^ {})", mask(call->args[0], bits, Strength::bit_xor),
                              mask(call->args[1], bits, Strength::bit_and)),
                Strength::unary};
      case Function::logical_not:
      case Function::bit_not:
        return {"~" + mask(call->args[0], bits, Strength::unary), Strength::unary};
      case Function::where:
        return {hidet::format("{} ? {} : {}", mask(call->args[0], bits, Strength::logical_or),
                              mask(call->args[1], bits, Strength::logical_or),
                              mask(call->args[2], bits, Strength::logical_or)),
                Strength::ternary};
      default:
        HIDET_UNREACHABLE("{} of masks", hidet::name_of(call->function));
    }
  }
  if (mask_bits(e) != bits) {
    return {hidet::format("__builtin_convertvector({}, {})", mask(e, mask_bits(e)), vector),
            Strength::primary};
  }
  if (const auto* element = e.as<Element>())
    return load_text(element->buffer, element->index[0], {}, {});
  return expr(e);
}

std::string CppExprs::operand(Expr e, Strength least) {
  if (const auto* broadcast = e.as<Broadcast>()) return print(broadcast->value, least);
  return print(e, least);
}

CppExprs::Text CppExprs::expr(Expr e) {
  switch (e.kind()) {
    case ExprKind::Constant:
      return constant(*e.as<Constant>());
    case ExprKind::Variable: {
      auto it = vars_.find(e.as<Variable>()->var);
      HIDET_ASSERT(it != vars_.end(), "variable {} is not bound here", e.as<Variable>()->var->name);
      return it->second;
    }
    case ExprKind::Call:
      return call(*e.as<Call>());
    case ExprKind::Cast:
      return cast(*e.as<Cast>());
    case ExprKind::Ramp: {
      const auto& ramp = *e.as<Ramp>();
      std::string text = hidet::format("({}){{", type(e.type()));
      for (int lane = 0; lane < e.type().lanes; ++lane)
        text += (lane ? ", " : "") + std::to_string(lane);
      text += "}";
      Strength strength = Strength::unary;
      if (!is_int(ramp.stride, 1)) {
        text += " * " + print(ramp.stride, Strength::unary);
        strength = Strength::product;
      }
      if (!is_int(ramp.base, 0)) {
        text = print(ramp.base, Strength::sum) + " + " + text;
        strength = Strength::sum;
      }
      return {text, strength};
    }
    case ExprKind::Broadcast: {
      const auto& node = *e.as<Broadcast>();
      return {
          hidet::format("{}({})", prelude_.function("broadcast", node.type.dtype, node.type.lanes),
                        print(node.value)),
          Strength::primary};
    }
    case ExprKind::Element: {
      const auto& node = *e.as<Element>();
      HIDET_ASSERT(node.index.size() == 1, "{} has not one flat index", node.buffer->name);
      return load_text(node.buffer, node.index[0], {}, {});
    }
    case ExprKind::SiteRead:
      break;
  }
  HIDET_UNREACHABLE("site {} is not filled", e.as<SiteRead>()->site);
}

CppExprs::Text CppExprs::constant(const Constant& node) {
  const DType dtype = node.type.dtype;
  if (dtype == DType::b8) return {node.as_int() ? "true" : "false", Strength::primary};
  if (dtype == DType::f16 || dtype == DType::bf16)
    return {hidet::format("0x{:04x}", half_bits(node.as_float(), dtype)), Strength::primary};
  if (is_floating(dtype)) {
    const double value = node.as_float();
    const std::string text =
        std::isfinite(value) ? float_text(value, dtype) : prelude_.not_finite(value, dtype);
    return {text, text[0] == '-' ? Strength::unary : Strength::primary};
  }
  const int64_t value = node.as_int();
  if (dtype == DType::u64)
    return {hidet::format("{}ull", static_cast<uint64_t>(value)), Strength::primary};
  if (dtype == DType::u32) return {hidet::format("{}u", value), Strength::primary};
  if (value == INT32_MIN) return {"(-2147483647 - 1)", Strength::primary};
  if (value == INT64_MIN) return {"(-9223372036854775807 - 1)", Strength::primary};
  return {std::to_string(value), value < 0 ? Strength::unary : Strength::primary};
}

CppExprs::Text CppExprs::binary(const Call& node, const char* op, Strength strength) {
  Expr a = node.args[0], b = node.args[1];
  // One side stays a vector.
  const bool both = a.as<Broadcast>() && b.as<Broadcast>();
  std::string left = both ? print(a, strength) : operand(a, strength);
  Text text{hidet::format("{} {} {}", left, op, operand(b, tighter(strength))), strength};
  if (is_promoted(node.type) && node.type.dtype != DType::b8)
    return {hidet::format("({})({})", type(node.type), text.text), Strength::unary};
  return text;
}

std::string CppExprs::helper_call(std::string_view helper, const Call& node) {
  std::string text;
  for (Expr arg : node.args) text += (text.empty() ? "" : ", ") + print(arg);
  const Type type = node.args[0].type();
  return hidet::format("{}({})", prelude_.function(helper, type.dtype, type.lanes), text);
}

CppExprs::Text CppExprs::call(const Call& node) {
  const auto& args = node.args;
  const Type type = args[0].type();
  const bool vector = node.type.is_vector();
  if (vector && node.type.dtype == DType::b8 && type.dtype == DType::b8)
    return mask_text(Expr(&node), mask_bits(Expr(&node)));
  if (node.function == Function::fmod && is_floating(type.dtype))
    return {helper_call("fmod", node), Strength::primary};
  if (const Operator* op = operator_of(node.function)) {
    const bool float_only = node.function == Function::div, integer_only = op->text[0] == '%';
    HIDET_ASSERT(
        !(float_only && !is_floating(type.dtype)) && !(integer_only && is_floating(type.dtype)),
        "{} of {}", hidet::name_of(node.function), hidet::name_of(type.dtype));
    return binary(node, op->text, op->strength);
  }
  switch (node.function) {
    case Function::logical_and:
      return {print(args[0], Strength::logical_and) + " && " + print(args[1], Strength::bit_or),
              Strength::logical_and};
    case Function::logical_or:
      return {print(args[0], Strength::logical_or) + " || " + print(args[1], Strength::logical_and),
              Strength::logical_or};
    case Function::logical_xor:
      return binary(node, "!=", Strength::equality);
    case Function::logical_not:
      return {"!" + print(args[0], Strength::unary), Strength::unary};
    case Function::bit_not:
      if (type.dtype == DType::b8) return {"!" + print(args[0], Strength::unary), Strength::unary};
      if (is_promoted(type))
        return {hidet::format("({})~{}", this->type(type), print(args[0], Strength::unary)),
                Strength::unary};
      return {"~" + print(args[0], Strength::unary), Strength::unary};
    case Function::neg: {
      std::string text = print(args[0], Strength::unary);
      text = (text[0] == '-' ? "-(" + text + ")" : "-" + text);
      if (is_promoted(type)) text = hidet::format("({})({})", this->type(type), text);
      return {text, Strength::unary};
    }
    case Function::max_fast:
      return {helper_call("max", node), Strength::primary};
    case Function::min_fast:
      return {helper_call("min", node), Strength::primary};
    case Function::where: {
      std::string condition = vector ? mask(args[0], bits_of(node.type.dtype), Strength::logical_or)
                                     : print(args[0], Strength::logical_or);
      Text text{hidet::format("{} ? {} : {}", condition, print(args[1], Strength::logical_or),
                              print(args[2], Strength::logical_or)),
                Strength::ternary};
      return text;
    }
    case Function::bits_to_float:
    case Function::float_to_bits:
      if (vector)
        return {hidet::format("({}){}", this->type(node.type), print(args[0], Strength::unary)),
                Strength::unary};
      return {prelude_.same_bits(node.type.dtype, type.dtype, print(args[0])), Strength::primary};
    case Function::any_lanes:
    case Function::all_lanes: {
      const int bits = mask_bits(args[0]);
      return {hidet::format("{}({})",
                            prelude_.function(hidet::name_of(node.function), signed_integer(bits),
                                              type.lanes),
                            mask(args[0], bits)),
              Strength::primary};
    }
    case Function::fma:
    case Function::abs:
    case Function::sqrt:
    case Function::floordiv:
    case Function::mod:
    case Function::floor:
    case Function::ceil:
    case Function::trunc:
    case Function::round:
    case Function::sum_lanes:
    case Function::prod_lanes:
    case Function::max_lanes:
    case Function::min_lanes:
      return {helper_call(hidet::name_of(node.function), node), Strength::primary};
    case Function::exp:
    case Function::exp2:
    case Function::expm1:
    case Function::log:
    case Function::log2:
    case Function::log10:
    case Function::log1p:
    case Function::sin:
    case Function::cos:
    case Function::tan:
    case Function::asin:
    case Function::acos:
    case Function::atan:
    case Function::atan2:
    case Function::sinh:
    case Function::cosh:
    case Function::tanh:
    case Function::asinh:
    case Function::acosh:
    case Function::atanh:
    case Function::erf:
    case Function::erfc:
    case Function::pow:
      HIDET_ASSERT(type.dtype == DType::f64, "{} of {} is not lowered",
                   hidet::name_of(node.function), hidet::name_of(type.dtype));
      return {helper_call(hidet::name_of(node.function), node), Strength::primary};
    default:
      HIDET_UNREACHABLE("{} of {} is not lowered", hidet::name_of(node.function),
                        hidet::name_of(type.dtype));
  }
}

CppExprs::Text CppExprs::cast(const Cast& node) {
  const Type from = node.value.type(), to = node.type;
  const auto is_half = [](DType dtype) { return dtype == DType::f16 || dtype == DType::bf16; };
  if (is_half(from.dtype) || is_half(to.dtype)) {
    HIDET_ASSERT(from.dtype == DType::f32 || to.dtype == DType::f32, "cast of {} to {}",
                 hidet::name_of(from.dtype), hidet::name_of(to.dtype));
    return {hidet::format("{}({})",
                          prelude_.function(hidet::format("{}_from_{}", hidet::name_of(to.dtype),
                                                          hidet::name_of(from.dtype)),
                                            DType::f32, to.lanes),
                          print(node.value)),
            Strength::primary};
  }
  if (!to.is_vector())
    return {hidet::format("({}){}", type(to), print(node.value, Strength::unary)), Strength::unary};
  HIDET_ASSERT(from.dtype != DType::b8 && to.dtype != DType::b8, "cast of a mask");
  return {hidet::format("__builtin_convertvector({}, {})", print(node.value), type(to)),
          Strength::primary};
}

}  // namespace hidet
