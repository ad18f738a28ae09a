// The errors of the core as those of PyTorch, which Python sees as ValueError, TypeError,
// IndexError and RuntimeError.
#pragma once

#include <c10/util/Exception.h>

#include <utility>

#include "base/error.h"

namespace hidet {

[[noreturn]] inline void throw_torch_error(const UserError& error) {
  const c10::SourceLocation here{__func__, __FILE__, __LINE__};
  switch (error.kind) {
    case UserError::Kind::value:
      throw c10::ValueError(here, error.what());
    case UserError::Kind::type:
      throw c10::TypeError(here, error.what());
    case UserError::Kind::index:
      throw c10::IndexError(here, error.what());
    case UserError::Kind::runtime:
      break;
  }
  throw c10::Error(here, error.what());
}

// Runs `function`; what it throws of ours becomes an error of PyTorch.
template <class Function>
auto with_torch_errors(Function&& function) {
  try {
    return std::forward<Function>(function)();
  } catch (const UserError& error) {
    throw_torch_error(error);
  }
}

}  // namespace hidet
