// Result<T>: a value, or a Decline with the reason why there is none.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/error.h"

namespace hidet {

// An expected refusal: this template, pass or operator does not take this case.
struct Decline {
  std::string reason;
};

template <class T>
class Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Decline decline) : state_(std::move(decline)) {}

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  const T& operator*() const { return value(); }
  T& operator*() { return const_cast<T&>(value()); }
  const T* operator->() const { return &value(); }
  T* operator->() { return const_cast<T*>(&value()); }
  const T& value() const {
    HIDET_ASSERT(*this, "value() of a declined result: {}", reason());
    return std::get<T>(state_);
  }
  // Empty when there is a value.
  std::string reason() const {
    const auto* decline = std::get_if<Decline>(&state_);
    return decline ? decline->reason : std::string();
  }

 private:
  std::variant<T, Decline> state_;
};

}  // namespace hidet

#define HIDET_DECLINE(...)     \
  return ::hidet::Decline {    \
    hidet::format(__VA_ARGS__) \
  }
#define HIDET_DECLINE_UNLESS(condition, ...)      \
  do {                                            \
    if (!(condition)) HIDET_DECLINE(__VA_ARGS__); \
  } while (false)
