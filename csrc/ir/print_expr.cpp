#include <bit>
#include <cmath>

#include "ir/printer.h"
#include "ir/visit.h"
#include "ir/words.h"

namespace hidet {

namespace {

struct Infix {
  std::string_view symbol;
  int strength;
};

std::optional<Infix> infix(const Call& node) {
  const bool integers = is_integer(node.args[0].type().dtype);
  switch (node.function) {
    case Function::logical_or:
      return Infix{"||", 1};
    case Function::logical_and:
      return Infix{"&&", 2};
    case Function::lt:
      return Infix{"<", 3};
    case Function::le:
      return Infix{"<=", 3};
    case Function::gt:
      return Infix{">", 3};
    case Function::ge:
      return Infix{">=", 3};
    case Function::eq:
      return Infix{"==", 3};
    case Function::ne:
      return Infix{"!=", 3};
    case Function::add:
      return Infix{"+", 4};
    case Function::sub:
      return Infix{"-", 4};
    case Function::mul:
      return Infix{"*", 5};
    case Function::div:
      return integers ? std::nullopt : std::optional(Infix{"/", 5});
    case Function::floordiv:
      return integers ? std::optional(Infix{"/", 5}) : std::nullopt;
    case Function::mod:
      return integers ? std::optional(Infix{"%", 5}) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::string number(DType dtype, double value) {
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return dtype == DType::f32 ? shortest_text(static_cast<float>(value)) : shortest_text(value);
}

}  // namespace

std::string Printer::constant(const Constant& node, std::optional<DType> slot) {
  const DType dtype = node.type.dtype;
  if (dtype == DType::b8) return node.as_int() ? "true" : "false";
  std::string text =
      is_floating(dtype) ? number(dtype, node.as_float()) : std::to_string(node.as_int());
  const bool plain = (dtype == DType::f32 || dtype == DType::i64) && (!slot || *slot == dtype);
  if (!plain) text += hidet::format("_{}", name_of(dtype));
  return text;
}

std::string Printer::list(const std::vector<Expr>& items) {
  std::string text;
  for (Expr e : items) {
    if (!text.empty()) text += ", ";
    text += expr(e);
  }
  return text;
}

std::string Printer::access(Buffer buffer, const std::vector<Expr>& index) {
  return hidet::format("{}[{}]", name(buffer), list(index));
}

std::string Printer::site_call(const std::string& site, const std::vector<Expr>& index,
                               Expr value) {
  return hidet::format("{}({}{}{})", site, list(index), value ? "; " : "",
                       value ? expr(value) : "");
}

std::string Printer::call(const Call& node, int strength) {
  if (auto op = infix(node)) {
    // Left-associative, comparisons not at all.
    const int left = op->strength == 3 ? 4 : op->strength;
    std::string text = hidet::format("{} {} {}", expr(node.args[0], left, std::nullopt), op->symbol,
                                     expr(node.args[1], op->strength + 1, std::nullopt));
    return op->strength < strength ? "(" + text + ")" : text;
  }
  const std::string function(name_of(node.function));
  return hidet::format("{}{}({})", sites_.count(function) ? "function " : "", function,
                       list(node.args));
}

std::string Printer::expr(Expr e, int strength, std::optional<DType> slot) {
  if (!e) return "null";
  if (auto it = defined_.find(e.get()); it != defined_.end()) return it->second;
  if (const auto* n = e.as<Constant>()) return constant(*n, slot);
  if (const auto* n = e.as<Variable>()) return name(n->var);
  if (const auto* n = e.as<Call>()) return call(*n, strength);
  if (const auto* n = e.as<Cast>())
    return hidet::format("{}({})", name_of(e.type().dtype), expr(n->value));
  if (const auto* n = e.as<Ramp>())
    return hidet::format("ramp({}, {}, {})", expr(n->base), expr(n->stride), e.type().lanes);
  if (const auto* n = e.as<Broadcast>())
    return hidet::format("broadcast({}, {})", expr(n->value), e.type().lanes);
  if (const auto* n = e.as<Element>()) return access(n->buffer, n->index);
  if (const auto* n = e.as<SiteRead>()) return site_call(n->site, n->index, n->value);
  HIDET_UNREACHABLE("expression kind {}", static_cast<int>(e.kind()));
}

std::string Printer::mapping(const Mapping& mapping) {
  return mapping.to_string([this](const Expr& e) { return expr(e); });
}

std::string Printer::layout(const Layout<Expr>& layout) {
  const auto part = [this](Expr e) { return expr(e, 7, std::nullopt); };
  std::string text = "layout(";
  for (int axis = 0; axis < layout.rank(); ++axis) {
    if (axis > 0) text += ", ";
    text += expr(layout.shape()[axis]) + ":";
    for (const Mode<Expr>& mode : layout.modes(axis))
      text += hidet::format(" {}@{}", part(mode.extent), part(mode.stride));
  }
  text += ")";
  if (layout.rank() == 0 || !is_int(layout.base_offset(), 0))
    text += " offset " + part(layout.base_offset());
  const Swizzle& swizzle = layout.swizzle();
  if (swizzle.bits)
    text += hidet::format(" swizzle {} {} {}", swizzle.bits, swizzle.base, swizzle.shift);
  return text;
}

std::string Printer::tile(const Tile& tile) {
  std::string text;
  for (size_t axis = 0; axis < tile.slices.size(); ++axis) {
    if (axis > 0) text += ", ";
    const Slice& slice = tile.slices[axis];
    const bool whole = slice.extent && is_int(slice.start, 0) && tile.buffer &&
                       axis < tile.buffer->shape.size() && tile.buffer->shape[axis] == slice.extent;
    if (whole)
      text += ":";
    else if (slice.extent)
      text += hidet::format("{} + :{}", expr(slice.start, 4, std::nullopt),
                            expr(slice.extent, 4, std::nullopt));
    else
      text += expr(slice.start);
  }
  text = hidet::format("{}[{}]", tile.buffer ? name(tile.buffer) : tile.site, text);
  return tile.transposed ? "transpose(" + text + ")" : text;
}

std::string Printer::unique(const std::string& hint, const char* fallback) {
  std::string base;
  for (char c : hint) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (digit && base.empty()) base = fallback;
    base += letter || digit ? c : '_';
  }
  if (base.empty()) base = fallback;
  std::string candidate = base;
  for (int i = 1; is_reserved(candidate) || sites_.count(candidate) || taken_.count(candidate); ++i)
    candidate = hidet::format("{}.{}", base, i);
  taken_.insert(candidate);
  return candidate;
}

const std::string& Printer::name(Var var) {
  auto it = vars_.find(var->id);
  if (it == vars_.end()) it = vars_.emplace(var->id, unique(var->name, "v")).first;
  return it->second;
}
const std::string& Printer::name(Buffer buffer) {
  auto it = buffers_.find(buffer->id);
  if (it == buffers_.end()) it = buffers_.emplace(buffer->id, unique(buffer->name, "buffer")).first;
  return it->second;
}

}  // namespace hidet
