#include "base/format.h"

#include "runtime/plan_uses.h"

namespace hidet {

namespace {

std::string shape_text(const std::vector<SizeExpr>& sizes) {
  std::string text = "[";
  for (size_t i = 0; i < sizes.size(); i++) text += (i ? ", " : "") + sizes[i].text();
  return text + "]";
}

std::string_view kind_text(PlanBuffer::Kind kind) {
  constexpr std::string_view kNames[] = {"input",     "constant", "inner", "tensor",
                                         "temporary", "view",     "result"};
  return kNames[static_cast<size_t>(kind)];
}

struct Printer {
  const Plan& plan;

  std::string name(PlanValue value) const {
    const std::string& hint = plan.values[value].name;
    return hidet::format("%{}{}", value, hint.empty() ? "" : ":" + hint);
  }
  std::string names(const std::vector<PlanValue>& values) const {
    std::string text;
    for (PlanValue value : values)
      text += (text.empty() ? "" : ", ") + (value < 0 ? std::string("_") : name(value));
    return text;
  }
  std::string operands(const std::vector<PlanOperand>& list) const {
    std::string text;
    for (const PlanOperand& item : list) text += (text.empty() ? "" : ", ") + operand(item);
    return text;
  }
  std::string operand(const PlanOperand& item) const {
    struct Visitor {
      const Printer& printer;
      std::string operator()(std::monostate) const { return "None"; }
      std::string operator()(const PlanOperand::Tensor& t) const { return printer.name(t.value); }
      std::string operator()(const SizeExpr& size) const { return size.text(); }
      std::string operator()(double number) const { return hidet::format("{:#}", number); }
      std::string operator()(bool flag) const { return flag ? "True" : "False"; }
      std::string operator()(const std::string& text) const { return "'" + text + "'"; }
      std::string operator()(const PlanOperand::Opaque& opaque) const { return opaque.text; }
      std::string operator()(const PlanOperand::List& list) const {
        return "[" + printer.operands(list) + "]";
      }
    };
    return std::visit(Visitor{*this}, item.value);
  }

  std::string text(const LaunchStep& launch) const {
    std::vector<std::string> kernels;
    for (int32_t variant : launch.variants) kernels.push_back(plan.kernels[variant].symbol);
    std::string text = hidet::format("launch {}({}; {})", joined(kernels, " | "),
                                     names(launch.buffers), shape_text(launch.sizes));
    return launch.label.empty() ? text : text + "  # " + launch.label;
  }
  std::string text(const OperatorStep& op) const {
    std::string text =
        hidet::format("{} = {}({})", names(op.results), op.name, operands(op.arguments));
    return op.label.empty() ? text : text + "  # " + op.label;
  }
  std::string text(const ViewStep& view) const {
    return hidet::format("{} = view {} + {}", name(view.view), name(view.base), view.offset.text());
  }
  std::string text(const CopyStep& copy) const {
    return hidet::format("copy {} <- {}", name(copy.destination), name(copy.source));
  }
  std::string text(const FillStep& fill) const {
    return hidet::format("zero {}", name(fill.value));
  }
  std::string text(const FreeStep& free) const {
    return hidet::format("free {}", name(free.value));
  }

  void steps(std::string& out, const std::vector<Step>& steps) const {
    for (const Step& step : steps)
      out += "  " + std::visit([&](const auto& one) { return text(one); }, step) + "\n";
  }
};

std::string source_text(const PlanSymbol& symbol) {
  switch (symbol.source) {
    case PlanSymbol::Source::size:
      return hidet::format("size {} of argument {}", symbol.axis, symbol.argument);
    case PlanSymbol::Source::stride:
      return hidet::format("stride {} of argument {}", symbol.axis, symbol.argument);
    case PlanSymbol::Source::integer:
      return hidet::format("argument {}", symbol.argument);
    case PlanSymbol::Source::threads:
      return "number of threads";
  }
  return "";
}

}  // namespace

std::string print(const Plan& plan) {
  Printer printer{plan};
  std::string out = hidet::format("plan {}\n", plan.name);
  for (size_t i = 0; i < plan.symbols.size(); i++) {
    const PlanSymbol& symbol = plan.symbols[i];
    out += hidet::format("  s{} = {}", i, source_text(symbol));
    if (symbol.lower != INT64_MIN) out += hidet::format(", at least {}", symbol.lower);
    if (symbol.upper != INT64_MAX) out += hidet::format(", at most {}", symbol.upper);
    if (symbol.divisor != 1) out += hidet::format(", a multiple of {}", symbol.divisor);
    out += "\n";
  }
  for (size_t i = 0; i < plan.values.size(); i++) {
    const PlanBuffer& value = plan.values[i];
    out += hidet::format("  {} : {} {} {} strides {}\n", printer.name(static_cast<PlanValue>(i)),
                         kind_text(value.kind), name_of(value.dtype), shape_text(value.sizes),
                         shape_text(value.strides));
  }
  for (const Recipe& recipe : plan.recipes) {
    out += hidet::format("recipe {} of arguments [{}]\n", printer.names(recipe.results),
                         joined(recipe.sources, ", "));
    if (recipe.steps.empty()) out += hidet::format("  {} bytes\n", recipe.literal.size());
    printer.steps(out, recipe.steps);
  }
  out += "steps\n";
  printer.steps(out, plan.steps);
  for (const PlanOutput& output : plan.outputs)
    out += hidet::format("  return {}\n", output.kind == PlanOutput::Kind::none ? "None"
                                          : output.kind == PlanOutput::Kind::size
                                              ? output.size.text()
                                              : printer.name(output.value));
  return out;
}

}  // namespace hidet
