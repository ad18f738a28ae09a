// format: fmt::format, compiled once. Other files see fmt's declarations alone: its code would more
// than double the time that each of them takes to compile.
#pragma once

#if __has_include(<fmt/base.h>)
#include <fmt/base.h>
#else
#include <fmt/core.h>
#endif

#include <string>
#include <string_view>

namespace hidet {

std::string format_arguments(fmt::string_view text, fmt::format_args arguments);

// fmt 9 converts a checked format string implicitly, newer ones by get().
template <class Text>
fmt::string_view view_of(const Text& text) {
  if constexpr (requires { text.get(); }) {
    return text.get();
  } else {
    return text;
  }
}

template <class... Arguments>
std::string format(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return format_arguments(view_of(text), fmt::make_format_args(arguments...));
}

// The items as text, with `separator` between them.
template <class Items>
std::string joined(const Items& items, std::string_view separator) {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += separator;
    first = false;
    text += format("{}", item);
  }
  return text;
}

// The shortest digits that read back as this finite number, with a point or an exponent: "0.5",
// "3.0", "1e-05". The same whatever fmt is installed: generated text, its golden files and cache
// keys have them in it.
std::string shortest_text(double value);
std::string shortest_text(float value);

}  // namespace hidet
