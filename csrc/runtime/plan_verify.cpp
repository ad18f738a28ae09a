#include <algorithm>

#include "base/error.h"
#include "runtime/plan_uses.h"

namespace hidet {

namespace {

using Kind = PlanBuffer::Kind;

class Verifier {
 public:
  explicit Verifier(const Plan& plan) : plan_(plan), state_(plan.values.size(), State::absent) {}

  void run() {
    symbols();
    for (const PlanBuffer& value : plan_.values) buffer(value);
    arguments();
    for (const KernelRecord& kernel : plan_.kernels) record(kernel);
    for (const Recipe& recipe : plan_.recipes) this->recipe(recipe);
    for (const Step& step : plan_.steps) this->step(step);
    outputs();
  }

 private:
  // Of a value at this point. absent: there is no memory yet.
  enum class State : uint8_t { absent, present, freed };

  void symbols() {
    for (const PlanSymbol& symbol : plan_.symbols) {
      HIDET_ASSERT(symbol.divisor >= 1 && symbol.lower <= symbol.upper, "symbol {}", symbol.name);
      if (symbol.source == PlanSymbol::Source::threads) continue;
      HIDET_ASSERT(in_range(symbol.argument, plan_.arguments), "symbol {}", symbol.name);
      PlanValue value = plan_.arguments[symbol.argument].value;
      if (symbol.source == PlanSymbol::Source::integer) {
        HIDET_ASSERT(value == -1, "symbol {} reads a tensor as an integer", symbol.name);
        continue;
      }
      HIDET_ASSERT(
          in_range(value, plan_.values) && in_range(symbol.axis, plan_.values[value].sizes),
          "symbol {}", symbol.name);
    }
  }

  void arguments() {
    for (const PlanArgument& argument : plan_.arguments) {
      if (argument.value == -1) continue;
      HIDET_ASSERT(in_range(argument.value, plan_.values), "argument of value {}", argument.value);
      HIDET_ASSERT(plan_.values[argument.value].kind == Kind::input &&
                       state_[argument.value] == State::absent,
                   "{} is no input, or is given twice", name(argument.value));
      state_[argument.value] = State::present;
    }
    for (size_t i = 0; i < plan_.values.size(); i++)
      HIDET_ASSERT(plan_.values[i].kind != Kind::input || state_[i] == State::present,
                   "{} has no argument", name(static_cast<PlanValue>(i)));
  }

  void buffer(const PlanBuffer& value) {
    HIDET_ASSERT(value.kind != Kind::inner, "{} has no storage", value.name);
    HIDET_ASSERT(value.sizes.size() == value.strides.size(), "{}", value.name);
    for (const SizeExpr& size : value.sizes) known(size);
    for (const SizeExpr& stride : value.strides) known(stride);
  }

  void record(const KernelRecord& kernel) {
    auto check = [&](const SizeExpr& size) {
      HIDET_ASSERT(size.symbol_count() <= kernel.size_count(), "{} of {}", size.text(),
                   kernel.symbol);
    };
    check(kernel.extent), check(kernel.grain), check(kernel.scratch_bytes);
    check(kernel.cuda.dynamic_shared_bytes);
    for (auto& axes : {kernel.cuda.grid, kernel.cuda.cluster, kernel.cuda.block})
      for (int i = 0; i < 3; i++) check(axes[i]);
    for (const Assumption& assumption : kernel.assumptions) {
      check(assumption.size);
      HIDET_ASSERT(assumption.number >= 1, "assumption of {}", kernel.symbol);
      HIDET_ASSERT(assumption.kind != Assumption::Kind::aligned ||
                       (assumption.buffer >= 0 && assumption.buffer < kernel.buffer_count()),
                   "assumption of {}", kernel.symbol);
    }
  }

  void recipe(const Recipe& recipe) {
    for (int32_t source : recipe.sources)
      HIDET_ASSERT(in_range(source, plan_.arguments) && plan_.arguments[source].value >= 0,
                   "source {} of a recipe", source);
    for (PlanValue result : recipe.results) {
      HIDET_ASSERT(in_range(result, plan_.values), "result {} of a recipe", result);
      HIDET_ASSERT(plan_.values[result].kind == Kind::constant && state_[result] == State::absent,
                   "result {} of a recipe", name(result));
      state_[result] = State::present;
    }
    in_recipe_ = &recipe;
    for (const Step& step : recipe.steps) this->step(step);
    in_recipe_ = nullptr;
    if (!recipe.steps.empty()) return;
    HIDET_ASSERT(recipe.results.size() == 1, "a recipe of bytes has {} results",
                 recipe.results.size());
    const PlanBuffer& value = plan_.values[recipe.results[0]];
    std::vector<SizeExpr> sizes = value.sizes;
    HIDET_ASSERT(value.strides == contiguous_strides(sizes) &&
                     product(sizes) * bytes_of(value.dtype) ==
                         SizeExpr(static_cast<int64_t>(recipe.literal.size())),
                 "{} bytes for {}", recipe.literal.size(), value.name);
  }

  void step(const Step& step) {
    if (auto* launch = std::get_if<LaunchStep>(&step)) this->launch(*launch);
    if (auto* op = std::get_if<OperatorStep>(&step)) this->operands(op->arguments);
    if (auto* view = std::get_if<ViewStep>(&step)) known(view->offset);
    for_each_use(plan_, step, [&](PlanValue value, ValueUse use) { this->use(value, use, step); });
  }

  void launch(const LaunchStep& launch) {
    HIDET_ASSERT(!launch.variants.empty(), "{} has no kernel", launch.label);
    for (int32_t variant : launch.variants) {
      HIDET_ASSERT(in_range(variant, plan_.kernels), "kernel {}", variant);
      const KernelRecord& kernel = plan_.kernels[variant];
      HIDET_ASSERT(kernel.buffer_count() == static_cast<int>(launch.buffers.size()) &&
                       kernel.size_count() == static_cast<int>(launch.sizes.size()),
                   "arguments of {}", kernel.symbol);
      HIDET_ASSERT(kernel.arguments == plan_.kernels[launch.variants[0]].arguments,
                   "variants of {} have other arguments", kernel.symbol);
    }
    HIDET_ASSERT(plan_.kernels[launch.variants.back()].assumptions.empty(),
                 "the last variant of {} assumes something",
                 plan_.kernels[launch.variants.back()].symbol);
    for (const SizeExpr& size : launch.sizes) known(size);
    known(launch.random_increment);
    known(launch.multiply_adds);
    for (PlanValue value : launch.buffers) HIDET_ASSERT(in_range(value, plan_.values), "{}", value);
  }

  void operands(const std::vector<PlanOperand>& operands) {
    for (const PlanOperand& operand : operands) {
      if (auto* size = std::get_if<SizeExpr>(&operand.value)) known(*size);
      if (auto* list = std::get_if<PlanOperand::List>(&operand.value)) this->operands(*list);
    }
  }

  void use(PlanValue value, ValueUse use, const Step& step) {
    HIDET_ASSERT(in_range(value, plan_.values), "value {}", value);
    Kind kind = plan_.values[value].kind;
    State& state = state_[value];
    bool memory = kind == Kind::tensor || kind == Kind::temporary;
    if (use == ValueUse::define) {
      Kind made = std::holds_alternative<ViewStep>(step) ? Kind::view : Kind::result;
      HIDET_ASSERT(kind == made && state == State::absent, "{} is defined", name(value));
      state = State::present;
    } else if (use == ValueUse::free) {
      HIDET_ASSERT(state == State::present && kind != Kind::input && kind != Kind::constant,
                   "{} is freed", name(value));
      state = State::freed;
    } else {
      if (memory && state == State::absent && use != ValueUse::read) state = State::present;
      HIDET_ASSERT(state == State::present, "{} is used where it is not there", name(value));
    }
    if (use == ValueUse::write && kind == Kind::constant)
      HIDET_ASSERT(in_recipe_ && std::count(in_recipe_->results.begin(), in_recipe_->results.end(),
                                            value) > 0,
                   "{} is written outside its recipe", name(value));
    if (use == ValueUse::write && kind == Kind::input)
      HIDET_ASSERT(!in_recipe_, "{} is written by a recipe", name(value));
  }

  void outputs() {
    for (const PlanOutput& output : plan_.outputs) {
      known(output.size);
      if (output.kind != PlanOutput::Kind::tensor) continue;
      HIDET_ASSERT(in_range(output.value, plan_.values), "output {}", output.value);
      Kind kind = plan_.values[output.value].kind;
      HIDET_ASSERT(state_[output.value] == State::present && kind != Kind::constant &&
                       kind != Kind::temporary,
                   "output {}", name(output.value));
    }
  }

  // Sizes of recipes have no symbols: constants outlive the call.
  void known(const SizeExpr& size) const {
    int symbols = in_recipe_ ? 0 : static_cast<int>(plan_.symbols.size());
    HIDET_ASSERT(size.symbol_count() <= symbols, "{} has a symbol that is unknown here",
                 size.text());
  }
  template <class T>
  static bool in_range(int32_t index, const std::vector<T>& table) {
    return index >= 0 && static_cast<size_t>(index) < table.size();
  }
  std::string name(PlanValue value) const {
    return hidet::format("value {} ({})", value, plan_.values[value].name);
  }

  const Plan& plan_;
  std::vector<State> state_;
  const Recipe* in_recipe_ = nullptr;
};

}  // namespace

int KernelRecord::buffer_count() const {
  return static_cast<int>(
      std::count_if(arguments.begin(), arguments.end(), [](const KernelArgument& argument) {
        return argument.kind == KernelArgument::Kind::buffer;
      }));
}

int KernelRecord::size_count() const {
  return static_cast<int>(arguments.size()) - buffer_count();
}

void verify(const Plan& plan) {
  Verifier(plan).run();
}

}  // namespace hidet
