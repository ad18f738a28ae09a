// The one file that fmt's code is compiled in.
#define FMT_HEADER_ONLY 1
#include "base/format.h"

#include <fmt/format.h>

#include <charconv>

namespace hidet {

namespace {

template <class Number>
std::string digits_of(Number value) {
  char buffer[64];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

}  // namespace

std::string shortest_text(double value) {
  return digits_of(value);
}

std::string shortest_text(float value) {
  return digits_of(value);
}

std::string format_arguments(fmt::string_view text, fmt::format_args arguments) {
  return fmt::vformat(text, arguments);
}

}  // namespace hidet
