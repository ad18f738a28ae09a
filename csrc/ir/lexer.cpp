#include "ir/lexer.h"

#include <algorithm>
#include <charconv>

namespace hidet {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The end of a number that starts at `at`; `real`: whether it has a point or an exponent.
size_t end_of_number(std::string_view text, size_t at, bool& real) {
  const auto digits = [&] {
    while (at < text.size() && is_digit(text[at])) ++at;
  };
  digits();
  real = false;
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
    real = true;
    ++at;
    digits();
  }
  if (at < text.size() && text[at] == 'e') {
    size_t exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
    if (exponent < text.size() && is_digit(text[exponent])) {
      real = true;
      at = exponent;
      digits();
    }
  }
  return at;
}

std::string shown(const Token& token) {
  return token.kind == Token::Kind::end ? "the end of the text" : hidet::format("'{}'", token.text);
}

}  // namespace

Lexer::Lexer(std::string_view text) {
  int line = 1;
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '\n') ++line;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at;
      continue;
    }
    if (c == '#') {
      while (at < text.size() && text[at] != '\n') ++at;
      continue;
    }
    Token token{.line = line};
    const size_t start = at;
    if (is_letter(c)) {
      while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]))) ++at;
      if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
        ++at;
        while (at < text.size() && is_digit(text[at])) ++at;
      }
      token.kind = Token::Kind::word;
      token.text = text.substr(start, at - start);
    } else if (is_digit(c)) {
      bool real = false;
      at = end_of_number(text, at, real);
      token.kind = real ? Token::Kind::real : Token::Kind::integer;
      token.text = text.substr(start, at - start);
      if (at < text.size() && text[at] == '_') {
        const size_t mark = ++at;
        while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]))) ++at;
        token.mark = text.substr(mark, at - mark);
      }
    } else {
      constexpr std::string_view pairs[] = {"<-", "<=", ">=", "==", "!=", "+=", "&&", "||", ".."};
      const std::string_view two = text.substr(start, 2);
      const bool pair = std::find(std::begin(pairs), std::end(pairs), two) != std::end(pairs);
      if (!pair && std::string_view("()[]{},;:+-*/%<>=!@").find(c) == std::string_view::npos)
        fail_at(line, hidet::format("'{}' is no part of a program", c));
      at += pair ? 2 : 1;
      token.kind = Token::Kind::symbol;
      token.text = text.substr(start, at - start);
    }
    tokens_.push_back(token);
  }
  tokens_.push_back(Token{.line = line});
}

const Token& Lexer::next() {
  const Token& token = peek();
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool Lexer::take(std::string_view symbol_or_word) {
  if (!peek().is(symbol_or_word)) return false;
  next();
  return true;
}

void Lexer::expect(std::string_view symbol_or_word) {
  if (!take(symbol_or_word))
    fail(hidet::format("expected '{}', not {}", symbol_or_word, shown(peek())));
}

std::string Lexer::word() {
  if (peek().kind != Token::Kind::word) fail("expected a name, not " + shown(peek()));
  return std::string(next().text);
}

int64_t Lexer::integer() {
  const bool negative = take("-");
  const Token& token = peek();
  if (token.kind != Token::Kind::integer) fail("expected a whole number, not " + shown(token));
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
  const uint64_t largest = negative ? uint64_t{1} << 63 : INT64_MAX;
  if (error != std::errc() || end != token.text.data() + token.text.size() || value > largest)
    fail(hidet::format("{} is too large", token.text));
  next();
  return static_cast<int64_t>(negative ? 0 - value : value);
}

}  // namespace hidet
