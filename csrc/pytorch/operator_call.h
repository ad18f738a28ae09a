// Calls of PyTorch's operators by name, through the dispatcher.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <span>
#include <string_view>

#include "runtime/host.h"

namespace hidet {

// "aten::add.Tensor", "aten::mm" or "aten::mm.default". Null: no such operator. The same name
// gives the same pointer, which stays valid.
const c10::OperatorHandle* find_operator(std::string_view name);

// As Host::call_operator.
void call_operator(const c10::OperatorHandle& op, std::span<const OperatorArgument> arguments,
                   std::span<TensorRef> results);

}  // namespace hidet
