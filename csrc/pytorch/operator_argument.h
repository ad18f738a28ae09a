// An argument of an operator as the value that its schema declares.
#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include "runtime/host.h"

namespace hidet {

// `type` is Argument::real_type(), which tells a dtype from an int. UserError: it does not fit.
c10::IValue convert_argument(const OperatorArgument& argument, const c10::TypePtr& type);

}  // namespace hidet
