#include <charconv>
#include <cmath>

#include "ir/function.h"
#include "ir/parser.h"
#include "ir/words.h"

namespace hidet {

namespace {

struct Operator {
  std::string_view symbol;
  int strength;
  Function function;
};
constexpr Operator kOperators[] = {
    {"||", 1, Function::logical_or}, {"&&", 2, Function::logical_and}, {"<", 3, Function::lt},
    {"<=", 3, Function::le},         {">", 3, Function::gt},           {">=", 3, Function::ge},
    {"==", 3, Function::eq},         {"!=", 3, Function::ne},          {"+", 4, Function::add},
    {"-", 4, Function::sub},         {"*", 5, Function::mul},          {"/", 5, Function::floordiv},
    {"%", 5, Function::mod},
};

}  // namespace

Expr Parser::convert(const Operand& operand, DType dtype) {
  const Type type = operand.value.type();
  const auto* constant = operand.value.as<Constant>();
  if (!operand.plain_number || !constant || type.dtype == dtype) return operand.value;
  if (is_floating(type.dtype)) {
    if (!is_floating(dtype))
      Lexer::fail_at(operand.line,
                     hidet::format("{} is no {}", constant->as_float(), name_of(dtype)));
    return context_.constant(Type{dtype}, constant->as_float());
  }
  return context_.constant(Type{dtype}, constant->as_int());
}

Expr Parser::expr(std::optional<DType> slot) {
  last_load_ = nullptr;
  const Operand operand = binary(1);
  return slot ? convert(operand, *slot) : operand.value;
}

Expr Parser::call(Function function, std::vector<Operand> operands) {
  const int line = operands.empty() ? tokens_.peek().line : operands[0].line;
  if (static_cast<int>(operands.size()) != arity_of(function))
    Lexer::fail_at(line, hidet::format("{} takes {} operands, not {}", name_of(function),
                                       arity_of(function), operands.size()));
  const size_t first = function == Function::where ? 1 : 0;
  const bool shift = function == Function::shift_left || function == Function::shift_right;
  // The type of the first operand that states one; floats win over whole numbers.
  std::optional<DType> dtype;
  for (size_t i = first; i < operands.size() && !(shift && i > 0); ++i)
    if (!operands[i].plain_number && !dtype) dtype = operands[i].value.type().dtype;
  for (size_t i = first; i < operands.size() && !dtype; ++i)
    if (is_floating(operands[i].value.type().dtype)) dtype = operands[i].value.type().dtype;
  std::vector<Expr> args;
  for (size_t i = 0; i < operands.size(); ++i) {
    const bool agrees = i >= first && dtype && !(shift && i > 0);
    args.push_back(agrees ? convert(operands[i], *dtype) : operands[i].value);
  }
  return at_line(line, [&] { return context_.call(function, args); });
}

Parser::Operand Parser::binary(int strength) {
  if (strength > 5) return unary();
  Operand left = binary(strength + 1);
  while (true) {
    const Operator* found = nullptr;
    for (const Operator& op : kOperators)
      if (op.strength == strength && tokens_.peek().is(op.symbol)) found = &op;
    // `start + :extent` ends the start of a slice.
    if (!found || (found->function == Function::add && tokens_.peek(1).is(":"))) return left;
    tokens_.next();
    const Operand right = binary(strength + 1);
    Function function = found->function;
    const auto is_float = [](const Operand& o) { return is_floating(o.value.type().dtype); };
    if (function == Function::floordiv && (is_float(left) || is_float(right)))
      function = Function::div;
    left = {call(function, {left, right}), false, left.line};
    if (strength == 3) return left;
  }
}

Parser::Operand Parser::unary() {
  const int line = tokens_.peek().line;
  if (tokens_.take("!")) return {call(Function::logical_not, {unary()}), false, line};
  if (!tokens_.peek().is("-")) return primary();
  const Token& after = tokens_.peek(1);
  const bool literal = after.kind == Token::Kind::integer || after.kind == Token::Kind::real ||
                       after.is("inf") || after.is("nan") || after.text.starts_with("inf_") ||
                       after.text.starts_with("nan_");
  tokens_.next();
  if (literal) return number(true);
  return {call(Function::neg, {unary()}), false, line};
}

// The mark of a number states its type.
Parser::Operand Parser::literal(const Token& token, std::string_view mark, bool negative) {
  const bool integer = token.kind == Token::Kind::integer;
  DType dtype = integer ? DType::i64 : DType::f32;
  if (!mark.empty()) {
    const auto stated = find_dtype(mark);
    if (!stated) fail(hidet::format("'{}' is no element type", mark));
    dtype = *stated;
  }
  Operand result{{}, mark.empty(), token.line};
  if (integer && !is_floating(dtype)) {
    if (negative) tokens_.go_back(tokens_.position() - 1);
    result.value = context_.constant(Type{dtype}, tokens_.integer());
    return result;
  }
  const std::string text(token.text);
  double value = NAN;
  if (text.starts_with("inf")) value = INFINITY;
  if (token.kind != Token::Kind::word)
    value = dtype == DType::f32 ? std::strtof(text.c_str(), nullptr)
                                : std::strtod(text.c_str(), nullptr);
  if (!is_floating(dtype)) fail(hidet::format("{} is no {}", text, name_of(dtype)));
  tokens_.next();
  result.value = context_.constant(Type{dtype}, negative ? -value : value);
  return result;
}

Parser::Operand Parser::number(bool negative) {
  const Token token = tokens_.peek();
  std::string_view mark = token.mark;
  if (token.kind == Token::Kind::word && token.text.size() > 4) mark = token.text.substr(4);
  return literal(token, mark, negative);
}

std::vector<Expr> Parser::indices(std::string_view open, std::string_view close) {
  std::vector<Expr> result;
  tokens_.expect(open);
  while (!tokens_.take(close)) {
    if (!result.empty()) tokens_.expect(",");
    result.push_back(binary(1).value);
  }
  return result;
}

Parser::Operand Parser::primary() {
  const Token token = tokens_.peek();
  if (token.kind == Token::Kind::integer || token.kind == Token::Kind::real) return number(false);
  if (tokens_.take("(")) {
    Operand inner = binary(1);
    tokens_.expect(")");
    return {inner.value, inner.plain_number, token.line};
  }
  if (token.kind != Token::Kind::word)
    fail(hidet::format("expected a value, not '{}'", token.text));
  const std::string name(token.text);
  if (name == "inf" || name == "nan" || name.starts_with("inf_") || name.starts_with("nan_"))
    return number(false);
  tokens_.next();
  if (name == "true" || name == "false") return {context_.boolean(name == "true"), false, 0};
  return {named(name), false, token.line};
}

// What follows a name in an expression.
Expr Parser::named(const std::string& name) {
  if (name == "load") {
    const std::string buffer = tokens_.word();
    Buffer source = find_buffer(buffer);
    return read(source, indices("[", "]"), true);
  }
  if (name == "function") return function_call(tokens_.word());
  if (const Meaning* meaning = find(name)) {
    if (const Expr* value = std::get_if<Expr>(meaning)) return *value;
    if (const Buffer* buffer = std::get_if<Buffer>(meaning))
      return read(*buffer, indices("[", "]"), false);
    fail(hidet::format("'{}' is a mapping", name));
  }
  if (const Site* site = find_site(name)) return site_read(*site);
  if (name == "ramp" || name == "broadcast" || find_dtype(name)) return intrinsic(name);
  if (tokens_.peek().is("(")) return function_call(name);
  fail(hidet::format("'{}' is not defined", name));
}

Expr Parser::intrinsic(const std::string& name) {
  const int line = tokens_.peek().line;
  tokens_.expect("(");
  const Expr first = binary(1).value;
  Expr result;
  if (auto dtype = find_dtype(name)) {
    result = context_.cast(*dtype, first);
  } else {
    Expr stride;
    if (name == "ramp") {
      tokens_.expect(",");
      stride = convert(binary(1), first.type().dtype);
    }
    tokens_.expect(",");
    const int lanes = static_cast<int>(tokens_.integer());
    result = at_line(line, [&] {
      return stride ? context_.ramp(first, stride, lanes) : context_.broadcast(first, lanes);
    });
  }
  tokens_.expect(")");
  return result;
}

Expr Parser::function_call(const std::string& name) {
  const auto function = find_function(name);
  if (!function) fail(hidet::format("'{}' is no function, site or type", name));
  tokens_.expect("(");
  std::vector<Operand> operands;
  while (!tokens_.take(")")) {
    if (!operands.empty()) tokens_.expect(",");
    operands.push_back(binary(1));
  }
  return call(*function, std::move(operands));
}

Expr Parser::site_read(const Site& site) {
  tokens_.expect("(");
  std::vector<Expr> index;
  Expr value;
  while (!tokens_.take(")")) {
    if (tokens_.take(";")) {
      value = convert(binary(1), site.type.dtype);
      continue;
    }
    if (!index.empty()) tokens_.expect(",");
    index.push_back(binary(1).value);
  }
  return context_.site_read(site.name, site.type, std::move(index), value);
}

// A read in an expression: of memory that may change, a Load before the statement.
Expr Parser::read(Buffer buffer, std::vector<Expr> index, bool load) {
  if (buffer->scope == Scope::constant && !load) return context_.element(buffer, std::move(index));
  int lanes = buffer->type.lanes;
  for (Expr e : index) lanes = std::max(lanes, e.type().lanes);
  last_load_ = context_.make_var(buffer->type.with_lanes(lanes), buffer->name);
  append(context_.make(Load{.var = last_load_,
                            .buffer = buffer,
                            .index = std::move(index),
                            .mask = {},
                            .otherwise = {}}));
  return context_.variable(last_load_);
}

}  // namespace hidet
