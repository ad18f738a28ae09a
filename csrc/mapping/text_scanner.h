// Reads words, numbers and punctuation; its errors show the place in the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hidet {

class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : text_(text) { skip_space(); }

  bool at_end() const { return position_ == text_.size(); }
  bool at_number() const { return !at_end() && is_digit(text_[position_]); }
  // Whether `token`, a punctuation or a whole word, was next; then it is behind us.
  bool take(std::string_view token) {
    if (text_.substr(position_, token.size()) != token) return false;
    const size_t end = position_ + token.size();
    if (is_letter(token.back()) && end < text_.size() && is_word(text_[end])) return false;
    position_ = end;
    skip_space();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail(hidet::format("expected '{}'", token));
  }
  std::string word() {
    const size_t start = position_;
    if (at_end() || !is_letter(text_[start])) fail("expected a name");
    while (!at_end() && is_word(text_[position_])) ++position_;
    std::string word(text_.substr(start, position_ - start));
    skip_space();
    return word;
  }
  int64_t number() {
    if (!at_number()) fail("expected a number");
    int64_t value = 0;
    for (; at_number(); ++position_) {
      if (value > INT64_MAX / 10 - 1) fail("the number is too large");
      value = value * 10 + (text_[position_] - '0');
    }
    skip_space();
    return value;
  }
  void expect_end() {
    if (!at_end()) fail("expected the end");
  }
  [[noreturn]] void fail(const std::string& message) const {
    HIDET_USER_ERROR(value, "{} at column {} of \"{}\"", message, position_ + 1, text_);
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }
  static bool is_word(char c) { return is_letter(c) || is_digit(c); }
  void skip_space() {
    while (!at_end() &&
           std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos)
      ++position_;
  }

  std::string_view text_;
  size_t position_ = 0;
};

}  // namespace hidet
