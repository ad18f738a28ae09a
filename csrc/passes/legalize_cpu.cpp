#include "passes/legalize_cpu.h"

#include <cmath>

#include "passes/scoped_rewriter.h"

namespace hidet {

namespace {

bool is_half(DType dtype) {
  return dtype == DType::f16 || dtype == DType::bf16;
}

class Legalizer : public ScopedRewriter {
 public:
  using ScopedRewriter::ScopedRewriter;

 protected:
  Expr on_expr(Expr e) override {
    e = BufferRewriter::on_expr(e);
    if (const auto* cast = e.as<Cast>()) return legal_cast(cast->type.dtype, cast->value);
    if (const auto* call = e.as<Call>()) return legal_call(*call);
    return e;
  }

 private:
  Expr call(Function function, std::vector<Expr> args) {
    return context_.call(function, std::move(args));
  }
  Expr where(Expr condition, Expr yes, Expr no) {
    return call(Function::where, {condition, yes, no});
  }
  Expr number(Expr like, double value) { return context_.constant(like.type(), value); }

  Expr of_booleans(bool larger, Expr a, Expr b) {
    return call(larger ? Function::logical_or : Function::logical_and, {a, b});
  }

  Expr legal_cast(DType to, Expr value) {
    const DType from = value.type().dtype;
    if (from == to) return value;
    if (to == DType::b8) return call(Function::ne, {value, number(value, 0)});
    if (is_half(from) && to != DType::f32) return legal_cast(to, context_.cast(DType::f32, value));
    if (is_half(to) && from != DType::f32) return context_.cast(to, legal_cast(DType::f32, value));
    if (from == DType::b8) {
      if (!value.type().is_vector()) return context_.cast(to, value);
      const Type type = value.type().with_dtype(to);
      return where(value, context_.constant(type, int64_t{1}), context_.constant(type, int64_t{0}));
    }
    // As PyTorch does: out of range of a narrow integer, a float wraps like the wide one.
    if (is_floating(from) && is_integer(to) && bits_of(to) < 32)
      return context_.cast(to, context_.cast(DType::i32, value));
    return context_.cast(to, value);
  }

  // Each operation of 16-bit floats is rounded: computed in f32.
  Expr through_f32(const Call& node) {
    const DType dtype = node.args.back().type().dtype;
    std::vector<Expr> args;
    for (Expr arg : node.args)
      args.push_back(is_half(arg.type().dtype) ? context_.cast(DType::f32, arg) : arg);
    const Expr result = call(node.function, args);
    const Expr legal = result.as<Call>() ? legal_call(*result.as<Call>()) : result;
    return legal.type().dtype == DType::f32 ? context_.cast(dtype, legal) : legal;
  }

  Expr legal_call(const Call& node) {
    const Expr self(&node);
    const DType dtype = node.args.back().type().dtype;
    if (is_half(dtype) && node.function != Function::where) return through_f32(node);
    const bool floating = is_floating(dtype);
    const Expr a = node.args[0], b = node.args.size() > 1 ? node.args[1] : Expr();
    switch (node.function) {
      case Function::max:
      case Function::min: {
        if (dtype == DType::b8) return of_booleans(node.function == Function::max, a, b);
        const Function fast =
            node.function == Function::max ? Function::max_fast : Function::min_fast;
        // The instruction keeps a NaN of its second operand: one test is left, none for a constant.
        if (!floating) return call(fast, {a, b});
        if (never_nan(a)) return call(fast, {a, b});
        if (never_nan(b)) return call(fast, {b, a});
        return where(call(Function::ne, {a, a}), a, call(fast, {a, b}));
      }
      case Function::fmax:
      case Function::fmin: {
        if (dtype == DType::b8) return of_booleans(node.function == Function::fmax, a, b);
        const Function fast =
            node.function == Function::fmax ? Function::max_fast : Function::min_fast;
        const Expr result = call(fast, {a, b});
        if (!floating || never_nan(b)) return result;
        return where(call(Function::ne, {b, b}), a, result);
      }
      case Function::sign: {
        const Expr zero = number(a, 0), one = number(a, 1);
        const Expr minus = class_of(dtype) == DTypeClass::unsigned_integer
                               ? zero
                               : where(call(Function::lt, {a, zero}), number(a, -1), zero);
        return where(call(Function::gt, {a, zero}), one, minus);
      }
      case Function::reciprocal:
        return call(Function::div, {number(a, 1), a});
      case Function::is_nan:
        return floating ? call(Function::ne, {a, a}) : call(Function::ne, {a, a});
      case Function::is_inf:
        if (!floating) return call(Function::ne, {a, a});
        return call(Function::eq, {call(Function::abs, {a}), number(a, INFINITY)});
      case Function::abs:
        return class_of(dtype) == DTypeClass::unsigned_integer ? a : self;
      case Function::floor:
      case Function::ceil:
      case Function::trunc:
      case Function::round:
        return floating ? self : a;
      case Function::truncdiv:
        if (floating)
          return legal_call(*call(Function::trunc, {call(Function::div, {a, b})}).as<Call>());
        return quotient(node, a, b);
      case Function::floordiv:
      case Function::mod:
      case Function::fmod:
        return floating ? self : quotient(node, a, b);
      case Function::shift_left:
      case Function::shift_right:
        return shift(node, a, b);
      default:
        return self;
    }
  }

  // A known number, or the bound of one: no NaN.
  static bool never_nan(Expr e) {
    if (const auto* broadcast = e.as<Broadcast>()) return never_nan(broadcast->value);
    const auto* constant = e.as<Constant>();
    return constant && !std::isnan(constant->as_float());
  }

  // Of integers. A division by zero or of the smallest integer by -1 would end the process, so the
  // divisor becomes 1 there; the quotient by -1 is the negative, by 0 it is any number.
  Expr quotient(const Call& node, Expr a, Expr b) {
    const bool is_unsigned = class_of(a.type().dtype) == DTypeClass::unsigned_integer;
    const Range divisor = analyzer_.range(b);
    const bool plain = is_unsigned || (analyzer_.range(a).lower >= 0 && divisor.lower >= 0);
    Function function = node.function;
    if (plain && function == Function::floordiv) function = Function::truncdiv;
    if (plain && function == Function::mod) function = Function::fmod;
    if (divisor.lower > 0 || divisor.upper < -1 || analyzer_.is_index(Expr(&node)))
      return call(function, {a, b});
    const Expr one = number(b, 1), minus_one = number(b, -1);
    const Expr by_zero = call(Function::eq, {b, number(b, 0)});
    if (plain || divisor.lower >= 0) return call(function, {a, where(by_zero, one, b)});
    const Expr by_minus_one = call(Function::eq, {b, minus_one});
    const Expr unsafe = call(Function::logical_or, {by_zero, by_minus_one});
    const Expr result = call(function, {a, where(unsafe, one, b)});
    const bool quotient = function == Function::truncdiv || function == Function::floordiv;
    return quotient ? where(by_minus_one, call(Function::neg, {a}), result) : result;
  }

  Expr shift(const Call& node, Expr a, Expr b) {
    const int bits = bits_of(a.type().dtype);
    const Range count = analyzer_.range(b);
    if (count.lower >= 0 && count.upper < bits) return Expr(&node);
    const Expr zero = number(b, 0), last = number(b, bits - 1);
    const Expr inside =
        call(Function::logical_and, {call(Function::le, {zero, b}), call(Function::le, {b, last})});
    const bool arithmetic = node.function == Function::shift_right &&
                            class_of(a.type().dtype) != DTypeClass::unsigned_integer;
    const Expr safe = call(node.function, {a, where(inside, b, arithmetic ? last : zero)});
    return arithmetic ? safe : where(inside, safe, number(a, 0));
  }
};

}  // namespace

Program legalize_cpu(const Program& program) {
  Program result = program;
  result.body = Legalizer(program).rewrite(program.body);
  return result;
}

}  // namespace hidet
