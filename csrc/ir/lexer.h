// Lexer: the words, numbers and symbols of the textual form, with their lines. `#` starts a
// comment. A name may end in a number that tells it from another one of the same hint: `row.1`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hidet {

// text: of a number, its digits; `mark` its element type, as in 3_i32 (empty: none).
struct Token {
  enum class Kind : uint8_t { word, integer, real, symbol, end };
  Kind kind = Kind::end;
  std::string_view text;
  std::string_view mark;
  int line = 1;
  bool is(std::string_view symbol_or_word) const {
    return (kind == Kind::symbol || kind == Kind::word) && text == symbol_or_word;
  }
};

class Lexer {
 public:
  // The text outlives the lexer. Throws UserError at a character that starts no token.
  explicit Lexer(std::string_view text);

  const Token& peek(size_t ahead = 0) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
  }
  const Token& next();
  bool take(std::string_view symbol_or_word);
  void expect(std::string_view symbol_or_word);
  std::string word();
  // A word without the number that tells it from others.
  static std::string hint(const std::string& word) { return word.substr(0, word.find('.')); }
  int64_t integer();  // a signed one
  // Of the last token behind us.
  int line() const { return tokens_[position_ ? position_ - 1 : 0].line; }
  // Where next() will go on; for going back.
  size_t position() const { return position_; }
  void go_back(size_t position) { position_ = position; }

  [[noreturn]] void fail(const std::string& message) const { fail_at(peek().line, message); }
  [[noreturn]] static void fail_at(int line, const std::string& message) {
    HIDET_USER_ERROR(value, "line {}: {}", line, message);
  }

 private:
  std::vector<Token> tokens_;
  size_t position_ = 0;
};

}  // namespace hidet
