#include "arith/rules.h"

#include <cmath>

#include "ir/function.h"

namespace hidet {

namespace {

struct CompiledRule {
  RuleDomain domain;
  Pattern from, to;
};

// By the function at the root of `from`.
const std::vector<std::vector<CompiledRule>>& compiled_rules() {
  static const auto* rules = [] {
    auto* table = new std::vector<std::vector<CompiledRule>>(256);
    for (const Rule& rule : simplification_rules()) {
      Pattern from = parse_pattern(rule.from);
      (*table)[static_cast<size_t>(from.function)].push_back(
          {rule.domain, from, parse_pattern(rule.to)});
    }
    return table;
  }();
  return *rules;
}

class PatternParser {
 public:
  explicit PatternParser(const std::string& text) : text_(text) {}

  Pattern parse() {
    Pattern p;
    if (text_[at_] != '(') {
      std::string word = next_word();
      if (word == "true" || word == "false") {
        p.kind = Pattern::Kind::number;
        p.number = word == "true";
        p.truth = true;
      } else if (word.size() == 1 && std::string("xyzpqcd").find(word) != std::string::npos) {
        p.name = word[0];
        p.kind = word == "c" || word == "d"   ? Pattern::Kind::constant
                 : word == "p" || word == "q" ? Pattern::Kind::boolean
                                              : Pattern::Kind::any;
      } else {
        p.kind = Pattern::Kind::number;
        p.number = std::stod(word);
      }
      return p;
    }
    at_++;
    auto function = find_function(next_word());
    HIDET_ASSERT(function, "pattern {}", text_);
    p.kind = Pattern::Kind::call;
    p.function = *function;
    while (text_.at(at_) != ')') {
      if (text_[at_] == ' ')
        at_++;
      else
        p.operands.push_back(parse());
    }
    at_++;
    return p;
  }

 private:
  std::string next_word() {
    size_t end = text_.find_first_of(" ()", at_);
    if (end == std::string::npos) end = text_.size();
    std::string word = text_.substr(at_, end - at_);
    at_ = end;
    return word;
  }

  const std::string& text_;
  size_t at_ = 0;
};

Expr scalar_of(Expr e) {
  const auto* broadcast = e.as<Broadcast>();
  return broadcast ? broadcast->value : e;
}

bool is_number(Expr e, double number, bool truth) {
  const auto* c = scalar_of(e).as<Constant>();
  if (!c || is_boolean(c->type.dtype) != truth) return false;
  bool negative_zero = number == 0 && std::signbit(number);
  if (!is_floating(c->type.dtype))
    return !negative_zero &&
           c->as_int() == wrap_integer(c->type.dtype, static_cast<int64_t>(number));
  double value = c->as_float();
  return value == number && std::signbit(value) == std::signbit(number);
}

const Expr* lookup(const Bindings& bindings, char name) {
  for (const auto& [letter, e] : bindings)
    if (letter == name) return &e;
  return nullptr;
}

}  // namespace

Pattern parse_pattern(const std::string& text) {
  return PatternParser(text).parse();
}

bool in_domain(RuleDomain domain, DType dtype) {
  switch (domain) {
    case RuleDomain::boolean:
      return is_boolean(dtype);
    case RuleDomain::integer:
      return is_integer(dtype);
    case RuleDomain::floating:
      return is_floating(dtype);
    case RuleDomain::any:
      return true;
  }
  return false;
}

bool match(const Pattern& pattern, Expr e, Bindings& bindings) {
  switch (pattern.kind) {
    case Pattern::Kind::number:
      return is_number(e, pattern.number, pattern.truth);
    case Pattern::Kind::call: {
      const auto* call = e.as<Call>();
      if (!call || call->function != pattern.function) return false;
      for (size_t i = 0; i < pattern.operands.size(); i++)
        if (!match(pattern.operands[i], call->args[i], bindings)) return false;
      return true;
    }
    case Pattern::Kind::boolean:
      if (!is_boolean(e.type().dtype)) return false;
      break;
    case Pattern::Kind::constant:
      if (scalar_of(e).kind() != ExprKind::Constant) return false;
      break;
    case Pattern::Kind::any:
      break;
  }
  if (const Expr* bound = lookup(bindings, pattern.name)) return *bound == e;
  bindings.emplace_back(pattern.name, e);
  return true;
}

Expr instantiate(const Pattern& pattern, Context& context, Type type, const Bindings& bindings) {
  if (pattern.kind == Pattern::Kind::number)
    return pattern.truth ? context.constant(type.with_dtype(DType::b8), int64_t(pattern.number))
                         : context.constant(type, pattern.number);
  if (pattern.kind != Pattern::Kind::call) {
    const Expr* bound = lookup(bindings, pattern.name);
    HIDET_ASSERT(bound, "a rule's result has a name that its pattern lacks");
    return *bound;
  }
  std::vector<Expr> args;
  for (const Pattern& operand : pattern.operands)
    args.push_back(instantiate(operand, context, type, bindings));
  return context.call(pattern.function, std::move(args));
}

Expr apply_rules(Expr e) {
  const auto* call = e.as<Call>();
  if (!call) return {};
  for (const CompiledRule& rule : compiled_rules()[static_cast<size_t>(call->function)]) {
    Bindings bindings;
    if (!match(rule.from, e, bindings)) continue;
    Type type = e.type();
    if (const Expr* x = lookup(bindings, 'x'))
      type = x->type();
    else if (const Expr* p = lookup(bindings, 'p'))
      type = p->type();
    if (!in_domain(rule.domain, type.dtype)) continue;
    return instantiate(rule.to, e.context(), type, bindings);
  }
  return {};
}

}  // namespace hidet
