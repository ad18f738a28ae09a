#include <cctype>

#include "base/error.h"
#include "base/size_expr.h"

namespace hidet {

namespace {

using Kind = SizeExpr::Kind;

// Levels of binding: 0 sum, 1 product and division, 2 atom.
std::string text_at(const SizeExpr& expr, int level) {
  auto bracket = [&](std::string text, int own) {
    return own < level ? hidet::format("({})", text) : text;
  };
  auto operands = expr.operands();
  switch (expr.kind()) {
    case Kind::constant:
      return bracket(std::to_string(*expr.as_constant()), *expr.as_constant() < 0 ? 0 : 2);
    case Kind::symbol:
      return "s" + std::to_string(expr.symbol_index());
    case Kind::floordiv:
    case Kind::mod:
      return bracket(text_at(operands[0], 2) + (expr.kind() == Kind::mod ? " % " : "//") +
                         text_at(operands[1], 2),
                     1);
    case Kind::min:
    case Kind::max: {
      std::string text = expr.kind() == Kind::min ? "min(" : "max(";
      for (size_t i = 0; i < operands.size(); i++)
        text += (i ? ", " : "") + text_at(operands[i], 0);
      return text + ")";
    }
    case Kind::mul: {
      std::string text = text_at(operands[0], 2);
      for (const SizeExpr& factor : operands.subspan(1)) text += "*" + text_at(factor, 2);
      return bracket(text, 1);
    }
    case Kind::add: {
      std::string text = text_at(operands[0], 1);
      for (const SizeExpr& term : operands.subspan(1)) {
        auto constant = term.as_constant();
        if (constant && *constant < 0)
          text += " - " + std::to_string(*constant).substr(1);
        else
          text += " + " + text_at(term, 1);
      }
      return bracket(text, 0);
    }
  }
  HIDET_UNREACHABLE("kind {}", static_cast<int>(expr.kind()));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  SizeExpr whole() {
    SizeExpr value = sum();
    skip();
    require(at_ == text_.size(), "more text than a size");
    return value;
  }

 private:
  static constexpr int kDeepest = 200;  // brackets in brackets

  void require(bool condition, std::string_view what) {
    HIDET_REQUIRE(condition, "'{}' is no size: {} at position {}", text_.substr(0, 200), what, at_);
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') at_++;
  }
  bool take(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  SizeExpr sum() {
    require(++depth_ <= kDeepest, "too deep");
    SizeExpr value = product();
    while (true) {
      if (take("+"))
        value = value + product();
      else if (take("-"))
        value = value - product();
      else
        break;
    }
    depth_--;
    return value;
  }

  SizeExpr product() {
    SizeExpr value = atom();
    while (true) {
      if (take("*"))
        value = value * atom();
      else if (take("//"))
        value = floordiv(value, atom());
      else if (take("%"))
        value = mod(value, atom());
      else
        return value;
    }
  }

  SizeExpr atom() {
    if (take("(")) {
      SizeExpr value = sum();
      require(take(")"), "')' expected");
      return value;
    }
    if (take("min(")) return call([](const auto& a, const auto& b) { return min(a, b); });
    if (take("max(")) return call([](const auto& a, const auto& b) { return max(a, b); });
    if (take("ceil_div(")) return call([](const auto& a, const auto& b) { return ceil_div(a, b); });
    if (take("s")) {
      int64_t index = number(false);
      require(index <= 1 << 20, "symbol out of range");
      return SizeExpr::symbol(static_cast<int>(index));
    }
    return number(take("-"));
  }

  template <class F>
  SizeExpr call(F function) {
    SizeExpr value = sum();
    while (take(",")) value = function(value, sum());
    require(take(")"), "')' expected");
    return value;
  }

  int64_t number(bool negative) {
    require(at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])),
            "number expected");
    int64_t value = 0;
    bool fits = true;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])); at_++) {
      int64_t digit = text_[at_] - '0';
      fits = fits && !__builtin_mul_overflow(value, int64_t{10}, &value) &&
             !__builtin_sub_overflow(value, digit, &value);  // counts down: INT64_MIN fits
    }
    require(fits && (negative || value != INT64_MIN), "number out of range");
    return negative ? value : -value;
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string SizeExpr::text() const {
  return text_at(*this, 0);
}

SizeExpr SizeExpr::parse(std::string_view text) {
  return Parser(text).whole();
}

}  // namespace hidet
