// Evaluates a float expression of one or two variables at many points: the nodes in order, each
// over a block of points at once.
#pragma once

#include <bit>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "ir/function.h"
#include "ir/visit.h"

namespace hidet {

class MathEvaluator {
 public:
  static constexpr size_t kBlock = 256;

  MathEvaluator(Expr root, std::vector<Expr> inputs) {
    for (Expr input : inputs) add(input);
    inputs_ = slots_.size();
    root_ = add(root);
  }

  // in: one array of `count` <= kBlock values for each input.
  void run(const std::vector<const float*>& in, float* out, size_t count) {
    for (size_t i = 0; i < inputs_; i++)
      for (size_t k = 0; k < count; k++) slots_[i].values[k].f = in[i][k];
    for (size_t i = inputs_; i < slots_.size(); i++) evaluate(slots_[i], count);
    for (size_t k = 0; k < count; k++) out[k] = slots_[root_].values[k].f;
  }
  size_t operations() const { return slots_.size(); }

 private:
  union Value {
    float f;
    double d;
    int64_t i;
  };
  struct Slot {
    Expr e;
    std::vector<size_t> args;
    std::vector<Value> values;
  };

  size_t add(Expr e) {
    auto found = places_.find(e.get());
    if (found != places_.end()) return found->second;
    std::vector<size_t> args;
    for_each_child(e, [&](Expr child) { args.push_back(add(child)); });
    slots_.push_back({e, args, std::vector<Value>(kBlock)});
    if (const auto* c = e.as<Constant>()) {
      Value v;
      if (c->type.dtype == DType::f32)
        v.f = static_cast<float>(c->as_float());
      else if (c->type.dtype == DType::f64)
        v.d = c->as_float();
      else
        v.i = c->as_int();
      slots_.back().values.assign(kBlock, v);
    }
    places_[e.get()] = slots_.size() - 1;
    return slots_.size() - 1;
  }

  void evaluate(Slot& s, size_t count) {
    auto arg = [&](size_t i, size_t k) { return slots_[s.args[i]].values[k]; };
    Value* out = s.values.data();
    DType type = s.e.type().dtype;
    if (const auto* cast = s.e.as<Cast>()) {
      DType from = cast->value.type().dtype;
      for (size_t k = 0; k < count; k++) {
        double v = from == DType::f32   ? arg(0, k).f
                   : from == DType::f64 ? arg(0, k).d
                                        : double(arg(0, k).i);
        if (type == DType::f32)
          out[k].f = static_cast<float>(v);
        else if (type == DType::f64)
          out[k].d = v;
        else
          HIDET_UNREACHABLE("test evaluator: cast");
      }
      return;
    }
    const auto* call = s.e.as<Call>();
    if (!call) return;
    DType operand = call->args[0].type().dtype;
    Function f = call->function;
    if (f == Function::where) {
      for (size_t k = 0; k < count; k++) out[k] = arg(0, k).i ? arg(1, k) : arg(2, k);
    } else if (f == Function::float_to_bits) {
      for (size_t k = 0; k < count; k++)
        out[k].i = operand == DType::f32 ? std::bit_cast<int32_t>(arg(0, k).f)
                                         : std::bit_cast<int64_t>(arg(0, k).d);
    } else if (f == Function::bits_to_float) {
      for (size_t k = 0; k < count; k++) {
        int64_t bits = arg(0, k).i;
        if (type == DType::f32)
          out[k].f = std::bit_cast<float>(static_cast<int32_t>(bits));
        else
          out[k].d = std::bit_cast<double>(bits);
      }
    } else if (operand == DType::f32) {
      floats<float>(f, s, count, [](Value& v) -> float& { return v.f; });
    } else if (operand == DType::f64) {
      floats<double>(f, s, count, [](Value& v) -> double& { return v.d; });
    } else {
      std::vector<int64_t> values(s.args.size());
      for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < values.size(); i++) values[i] = arg(i, k).i;
        out[k].i = *evaluate_integer(f, operand, values);
      }
    }
  }

  template <class T, class Member>
  void floats(Function f, Slot& s, size_t count, Member member) {
    Value* out = s.values.data();
    Value* a = slots_[s.args[0]].values.data();
    Value* b = s.args.size() > 1 ? slots_[s.args[1]].values.data() : a;
    Value* c = s.args.size() > 2 ? slots_[s.args[2]].values.data() : a;
    auto each = [&](auto&& op) {
      for (size_t k = 0; k < count; k++)
        member(out[k]) = op(member(a[k]), member(b[k]), member(c[k]));
    };
    auto test = [&](auto&& op) {
      for (size_t k = 0; k < count; k++) out[k].i = op(member(a[k]), member(b[k]));
    };
    switch (f) {
      case Function::add:
        return each([](T x, T y, T) { return x + y; });
      case Function::sub:
        return each([](T x, T y, T) { return x - y; });
      case Function::mul:
        return each([](T x, T y, T) { return x * y; });
      case Function::div:
        return each([](T x, T y, T) { return x / y; });
      case Function::fma:
        return each([](T x, T y, T z) { return std::fma(x, y, z); });
      case Function::neg:
        return each([](T x, T, T) { return -x; });
      case Function::abs:
        return each([](T x, T, T) { return std::fabs(x); });
      case Function::sqrt:
        return each([](T x, T, T) { return std::sqrt(x); });
      case Function::round:
        return each([](T x, T, T) { return std::nearbyint(x); });
      case Function::trunc:
        return each([](T x, T, T) { return std::trunc(x); });
      // The second operand where the comparison is false: as the instruction does.
      case Function::min_fast:
        return each([](T x, T y, T) { return x < y ? x : y; });
      case Function::max_fast:
        return each([](T x, T y, T) { return x > y ? x : y; });
      case Function::lt:
        return test([](T x, T y) { return x < y; });
      case Function::le:
        return test([](T x, T y) { return x <= y; });
      case Function::eq:
        return test([](T x, T y) { return x == y; });
      case Function::ne:
        return test([](T x, T y) { return x != y; });
      case Function::is_nan:
        return test([](T x, T) { return std::isnan(x); });
      default:
        HIDET_UNREACHABLE("test evaluator: {}", name_of(f));
    }
  }

  std::vector<Slot> slots_;
  std::unordered_map<const ExprNode*, size_t> places_;
  size_t inputs_ = 0, root_ = 0;
};

}  // namespace hidet
