// CppExprs: expressions of the target level as C++.
#pragma once

#include <string>
#include <unordered_map>

#include "ir/context.h"
#include "prelude/kernel_prelude.h"

namespace hidet {

// Binding strength of C++ operators, weakest first.
enum class Strength {
  ternary,
  logical_or,
  logical_and,
  bit_or,
  bit_xor,
  bit_and,
  equality,
  relation,
  shift,
  sum,
  product,
  unary,
  primary
};

class CppExprs {
 public:
  explicit CppExprs(KernelPrelude& prelude) : prelude_(prelude) {}

  // How a variable or a buffer is written from now on; a vector of b8 needs the width of its mask.
  void name(Var var, std::string text, Strength strength = Strength::primary, int mask_bits = 0);
  void name(Buffer buffer, std::string text) { buffers_[buffer] = std::move(text); }
  const std::string& name_of(Buffer buffer) const;
  bool has_name(Buffer buffer) const { return buffers_.count(buffer) != 0; }

  // The text, in parentheses where it binds weaker than `least`.
  std::string print(Expr e, Strength least = Strength::ternary);
  // A vector of b8 as 0 or -1 in integers of `bits` bits.
  std::string mask(Expr e, int bits, Strength least = Strength::ternary);
  // The width in which the mask comes without conversion.
  int mask_bits(Expr e) const;
  // The C++ type of a value; of a vector of b8, the mask of that width, of 8 bits when it is 0.
  std::string type(Type type, int mask_bits = 0);
  std::string scalar_type(DType dtype);  // as it lies in memory

  // The value at an index of a buffer. mask, otherwise: as in Load, may be null.
  std::string load(Buffer buffer, Expr index, Expr mask, Expr otherwise, Strength least);
  // The address of an element.
  std::string pointer(Buffer buffer, Expr base);
  // The statement, without indentation.
  std::string prefetch(Buffer buffer, Expr index);
  std::string store(Buffer buffer, Expr index, Expr value, Expr mask);

 private:
  struct Text {
    std::string text;
    Strength strength;
  };
  static std::string wrap(const Text& text, Strength least);
  Text expr(Expr e);
  Text constant(const Constant& node);
  Text call(const Call& node);
  Text binary(const Call& node, const char* op, Strength strength);
  Text compare(const Call& node, const char* op, Strength strength);
  Text cast(const Cast& node);
  Text mask_text(Expr e, int bits);
  std::string helper_call(std::string_view helper, const Call& node);
  // In an operator beside a vector a scalar needs no broadcast.
  std::string operand(Expr e, Strength least);
  Text load_text(Buffer buffer, Expr index, Expr mask, Expr otherwise);

  KernelPrelude& prelude_;
  std::unordered_map<Var, Text> vars_;
  std::unordered_map<Var, int> mask_bits_;
  std::unordered_map<Buffer, std::string> buffers_;
};

// Bytes of a signed integer dtype of that many bits.
DType signed_integer(int bits);
// The number of active lanes when a mask is `lane < count`; null for other masks.
Expr prefix_count(Expr mask);

}  // namespace hidet
