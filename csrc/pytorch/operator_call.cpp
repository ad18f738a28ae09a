#include "pytorch/operator_call.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "pytorch/operator_argument.h"
#include "pytorch/tensor_ref.h"

namespace hidet {
namespace {

// A kernel of ours reads memory.
at::Tensor plain(at::Tensor tensor) {
  return tensor.defined() && is_lazy(tensor) ? resolve_lazy(tensor) : tensor;
}

void append_results(const c10::IValue& value, std::vector<at::Tensor>& results) {
  if (value.isTensor()) {
    results.push_back(plain(value.toTensor()));
  } else if (value.isTensorList()) {
    for (at::Tensor tensor : value.toTensorVector()) results.push_back(plain(std::move(tensor)));
  } else if (value.isList()) {
    for (const c10::IValue& element : value.toListRef()) append_results(element, results);
  } else {
    results.emplace_back();
  }
}

// Of a fake argument PyTorch makes a fake result: no kernel of ours can read it.
bool has_memory(const at::Tensor& tensor) {
  return !tensor.defined() || !tensor.has_storage() || tensor.storage().data() ||
         tensor.numel() == 0;
}

}  // namespace

const c10::OperatorHandle* find_operator(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<c10::OperatorHandle>, std::less<>> found;
  std::lock_guard lock(mutex);
  if (const auto known = found.find(name); known != found.end()) return known->second.get();
  const size_t dot = name.find('.');
  std::string overload(dot == name.npos ? "" : name.substr(dot + 1));
  if (overload == "default") overload.clear();
  const auto handle =
      c10::Dispatcher::singleton().findSchema({std::string(name.substr(0, dot)), overload});
  if (!handle) return nullptr;
  auto& slot = found[std::string(name)];
  slot = std::make_unique<c10::OperatorHandle>(*handle);
  return slot.get();
}

void call_operator(const c10::OperatorHandle& op, std::span<const OperatorArgument> arguments,
                   std::span<TensorRef> results) {
  const auto& declared = op.schema().arguments();
  HIDET_REQUIRE(declared.size() == arguments.size(),
                "{} takes {} arguments in this PyTorch, the compiled graph has {}",
                op.schema().name(), declared.size(), arguments.size());
  torch::jit::Stack stack;
  stack.reserve(arguments.size());
  for (size_t i = 0; i < arguments.size(); ++i)
    stack.push_back(convert_argument(arguments[i], declared[i].real_type()));
  op.callBoxed(stack);
  std::vector<at::Tensor> tensors;
  for (const c10::IValue& value : stack) append_results(value, tensors);
  HIDET_ASSERT(tensors.size() == results.size(), "{} gave {} results instead of {}",
               op.schema().name(), tensors.size(), results.size());
  for (const at::Tensor& tensor : tensors)
    HIDET_REQUIRE(has_memory(tensor),
                  "{} gave a tensor that has no memory: was it given a fake one?",
                  op.schema().name());
  for (size_t i = 0; i < results.size(); ++i) results[i] = give(std::move(tensors[i]));
}

}  // namespace hidet
