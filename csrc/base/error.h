// The two failures that are exceptions: a mistake of the user, and a bug of ours.
// The third, an expected refusal, is a Decline (base/result.h).
#pragma once

#include "base/format.h"

#include <stdexcept>
#include <string>

namespace hidet {

// A user's mistake. The message says what to change. `kind` picks the Python exception.
class UserError : public std::runtime_error {
 public:
  enum class Kind { value, type, index, runtime };
  UserError(Kind kind, const std::string& message) : std::runtime_error(message), kind(kind) {}
  Kind kind;
};

// A bug of ours: an invariant does not hold. Says where: file and line, or what was going on.
class InternalError : public std::logic_error {
 public:
  explicit InternalError(const std::string& message) : std::logic_error(message) {}
  InternalError(const char* file, int line, const std::string& message)
      : std::logic_error(hidet::format("{}:{}: {}", file, line, message)) {}
};

}  // namespace hidet

#define HIDET_USER_ERROR(kind, ...) \
  throw ::hidet::UserError(::hidet::UserError::Kind::kind, hidet::format(__VA_ARGS__))
#define HIDET_REQUIRE(condition, ...)                       \
  do {                                                      \
    if (!(condition)) HIDET_USER_ERROR(value, __VA_ARGS__); \
  } while (false)
#define HIDET_UNREACHABLE(...) \
  throw ::hidet::InternalError(__FILE__, __LINE__, hidet::format(__VA_ARGS__))
#define HIDET_ASSERT(condition, ...)                                                               \
  do {                                                                                             \
    if (!(condition))                                                                              \
      throw ::hidet::InternalError(__FILE__, __LINE__,                                             \
                                   std::string("(" #condition ") ") + hidet::format(__VA_ARGS__)); \
  } while (false)
