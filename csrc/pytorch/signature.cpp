#include "pytorch/signature.h"

#include "base/format.h"

#include "pytorch/scalar_type.h"

namespace hidet {
namespace {

std::string size_list(const std::vector<SizeExpr>& sizes) {
  std::vector<std::string> texts;
  for (const SizeExpr& size : sizes) texts.push_back('"' + size.text() + '"');
  return hidet::format("[{}]", joined(texts, ", "));
}

// Where a symbol can be read from the tensors: any axis that is the symbol itself.
std::vector<std::string> symbol_places(const Plan& plan, size_t constants) {
  std::vector<std::string> places;
  for (size_t s = 0; s < plan.symbols.size(); ++s) {
    const SizeExpr symbol = SizeExpr::symbol(static_cast<int>(s));
    int tensor = 0;
    bool found = false;
    for (size_t i = 0; i + constants < plan.arguments.size() && !found; ++i) {
      if (plan.arguments[i].value < 0) continue;
      const auto& sizes = plan.values[plan.arguments[i].value].sizes;
      for (size_t axis = 0; axis < sizes.size() && !found; ++axis) {
        found = sizes[axis] == symbol;
        if (found) places.push_back(hidet::format("[\"s{}\", {}, {}]", s, tensor, axis));
      }
      ++tensor;
    }
  }
  return places;
}

}  // namespace

std::string plan_signature(const Plan& plan, size_t constants) {
  std::vector<std::string> results;
  for (const PlanOutput& output : plan.outputs) {
    if (output.kind != PlanOutput::Kind::tensor) continue;
    const PlanBuffer& value = plan.values[output.value];
    const bool cpu = value.device.kind == DeviceKind::cpu;
    results.push_back(hidet::format(
        "[\"{}\", \"{}\", {}, {}]",
        value.dtype == DType::opaque ? "opaque" : torch_name_of(scalar_type_of(value.dtype)),
        cpu ? std::string("cpu") : hidet::format("cuda:{}", value.device.index),
        size_list(value.sizes), size_list(value.strides)));
  }
  return hidet::format("{{\"symbols\": [{}], \"results\": [{}]}}",
                       joined(symbol_places(plan, constants), ", "), joined(results, ", "));
}

}  // namespace hidet
