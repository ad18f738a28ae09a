// Arithmetic on values of a graph under expansion, so that bodies read as formulas.
#pragma once

#include "graph/graph_editor.h"

namespace hidet {

struct TensorMath {
  GraphEditor* editor;
  ValueId id;

  DType dtype() const { return editor->dtype(id); }
  TensorMath like(double number) const {
    Attribute value =
        is_floating(dtype()) ? Attribute{number} : Attribute{static_cast<int64_t>(number)};
    return {editor, editor->number(dtype(), value)};
  }
};

inline TensorMath call(Function f, TensorMath a) {
  return {a.editor, a.editor->apply(f, {a.id})};
}
inline TensorMath call(Function f, TensorMath a, TensorMath b) {
  return {a.editor, a.editor->apply(f, {a.id, b.id})};
}
inline TensorMath call(Function f, TensorMath a, double b) {
  return call(f, a, a.like(b));
}
inline TensorMath call(Function f, double a, TensorMath b) {
  return call(f, b.like(a), b);
}
inline TensorMath where(TensorMath condition, TensorMath a, TensorMath b) {
  return {a.editor, a.editor->apply(Function::where, {condition.id, a.id, b.id})};
}
inline TensorMath where(TensorMath condition, TensorMath a, double b) {
  return where(condition, a, a.like(b));
}
inline TensorMath where(TensorMath condition, double a, TensorMath b) {
  return where(condition, b.like(a), b);
}
inline TensorMath to(TensorMath a, DType dtype) {
  return {a.editor, a.editor->cast(a.id, dtype)};
}

#define HIDET_TENSOR_OPERATOR(symbol, function)                   \
  inline TensorMath operator symbol(TensorMath a, TensorMath b) { \
    return call(Function::function, a, b);                        \
  }                                                               \
  inline TensorMath operator symbol(TensorMath a, double b) {     \
    return call(Function::function, a, b);                        \
  }                                                               \
  inline TensorMath operator symbol(double a, TensorMath b) {     \
    return call(Function::function, a, b);                        \
  }
HIDET_TENSOR_OPERATOR(+, add)
HIDET_TENSOR_OPERATOR(-, sub)
HIDET_TENSOR_OPERATOR(*, mul)
HIDET_TENSOR_OPERATOR(/, div)
HIDET_TENSOR_OPERATOR(<, lt)
HIDET_TENSOR_OPERATOR(<=, le)
HIDET_TENSOR_OPERATOR(>, gt)
HIDET_TENSOR_OPERATOR(>=, ge)
#undef HIDET_TENSOR_OPERATOR
inline TensorMath operator-(TensorMath a) {
  return call(Function::neg, a);
}

}  // namespace hidet
