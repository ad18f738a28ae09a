#include "graph/expand_operators.h"
#include "graph/pointwise_bodies.h"

namespace hidet {

namespace {

using Math = TensorMath;

enum class Promotion { result, compare, logical, integral };

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
        rounded_ = common_type();
        // Booleans are ordered as numbers.
        type_ = is_boolean(rounded_) ? DType::u8 : arithmetic_type(rounded_);
        break;
    }
  }

  Math operand(int i) {
    if (i >= operands_) return {&editor_, -1};
    if (promotion_ == Promotion::compare) {
      ValueId value = call_.is_tensor(i) ? editor_.cast(call_.tensor(i), rounded_)
                                         : editor_.number(rounded_, number_argument(i));
      return {&editor_, editor_.cast(value, type_)};
    }
    if (!call_.is_tensor(i)) return {&editor_, editor_.number(type_, number_argument(i))};
    ValueId value = call_.tensor(i);
    if (promotion_ == Promotion::logical) return {&editor_, editor_.is_nonzero(value)};
    // Rounded to the common dtype first: a 16-bit result has 16-bit operands.
    if (promotion_ == Promotion::result && is_floating(call_.result().dtype) &&
        bits_of(editor_.dtype(value)) > bits_of(call_.result().dtype))
      value = editor_.cast(value, call_.result().dtype);
    return {&editor_, editor_.cast(value, type_)};
  }
  double number(size_t i) const { return call_.real(i); }
  std::string text(size_t i) const { return call_.text(i); }
  DType result_type() const { return call_.result().dtype; }

  ValueId finish(Math value) {
    ValueId result = editor_.cast(value.id, call_.result().dtype);
    return editor_.expand(result, call_.result().shape);
  }

 private:
  Attribute number_argument(size_t i) const {
    const Attribute& a = call_.argument(i);
    if (std::holds_alternative<std::monostate>(a.value) ||
        std::holds_alternative<std::string>(a.value))
      throw DeclinedCall{hidet::format("argument {} is no number", i)};
    return a;
  }
  DType common_type() const {
    std::vector<PromotedOperand> operands;
    for (int i = 0; i < operands_; i++) {
      if (call_.is_tensor(i)) {
        ValueId value = call_.tensor(i);
        operands.push_back({editor_.dtype(value), editor_.rank(value) > 0
                                                      ? OperandCategory::with_axes
                                                      : OperandCategory::without_axes});
        continue;
      }
      const Attribute& a = number_argument(i);
      DType dtype = std::holds_alternative<double>(a.value) ? DType::f32
                    : std::holds_alternative<bool>(a.value) ? DType::b8
                                                            : DType::i64;
      operands.push_back({dtype, OperandCategory::number});
    }
    return promoted_type(operands);
  }

  GraphEditor& editor_;
  const AtenCall& call_;
  Promotion promotion_;
  int operands_;
  DType type_ = DType::f32;     // of the operands in the body
  DType rounded_ = DType::f32;  // compare: what operands are converted to before
};

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
  if (!call.is_none(1)) x = maximum(x, b.operand(1));
  if (!call.is_none(2)) x = minimum(x, b.operand(2));
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
  if (editor.dtype(call.tensor(1)) != DType::b8) throw DeclinedCall{"a mask that is no boolean"};
  ValueId value = editor.apply(Function::where, {call.tensor(1), fill, call.tensor(0)});
  return {editor.expand(value, call.result().shape)};
}

// copy(x, source) is `source` with the dtype and shape of x.
std::vector<ValueId> copy(GraphEditor& editor, const AtenCall& call) {
  return {editor.expand(editor.cast(call.tensor(1), call.result().dtype), call.result().shape)};
}

// A cast of the user's is kept where one that ends an operator may be left out (keep_wide).
std::vector<ValueId> convert(GraphEditor& editor, const AtenCall& call) {
  const ValueId cast = editor.explicit_cast(call.tensor(0), call.result().dtype);
  return {editor.expand(cast, call.result().shape)};
}

}  // namespace

void add_elementwise_expansions(ExpansionTable& table) {
#define HIDET_ELEMENTWISE(aten, promotion, operands, body)                                       \
  table[aten] =                                                                                  \
      elementwise(Promotion::promotion, operands,                                                \
                  []([[maybe_unused]] Body& b, [[maybe_unused]] Math x, [[maybe_unused]] Math y, \
                     [[maybe_unused]] Math z) {                                                  \
                    [[maybe_unused]] auto number = [&](size_t i) { return b.number(i); };        \
                    [[maybe_unused]] const DType result_type = b.result_type();                  \
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
  table["aten::where.Scalar"] = select_where;
  table["aten::copy"] = copy;
  table["aten::fill.Tensor"] = copy;
  table["aten::masked_fill.Scalar"] = masked_fill;
  table["aten::masked_fill.Tensor"] = masked_fill;
  for (const char* name :
       {"aten::_to_copy", "aten::clone", "aten::alias", "aten::detach", "aten::lift_fresh_copy",
        "aten::contiguous", "prims::convert_element_type"})
    table[name] = convert;
}

}  // namespace hidet
