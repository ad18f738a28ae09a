#include "pytorch/compiled_graph.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>

#include "base/error.h"
#include "pytorch/artifact.h"
#include "pytorch/errors.h"
#include "pytorch/signature.h"
#include "pytorch/torch_host.h"

namespace hidet {
namespace {

std::atomic<int64_t> current_epoch{0};

// Operators inside a compiled graph: neither autograd nor autocast, which the traced graph has
// behind it.
struct BelowAutograd {
  at::AutoDispatchBelowADInplaceOrView autograd;
  c10::impl::ExcludeDispatchKeyGuard autocast{c10::autocast_dispatch_keyset};
};

void add_unique(std::vector<int>& list, int value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

// Arguments whose memory a step writes to.
std::vector<int> written_arguments(const Plan& plan) {
  std::vector<int> argument_of(plan.values.size(), -1);
  for (size_t i = 0; i < plan.arguments.size(); ++i)
    if (plan.arguments[i].value >= 0) argument_of[plan.arguments[i].value] = static_cast<int>(i);
  std::vector<int> written;
  const auto write = [&](PlanValue value) {
    if (value >= 0 && argument_of[value] >= 0) add_unique(written, argument_of[value]);
  };
  for (const Step& step : plan.steps) {
    if (const auto* view = std::get_if<ViewStep>(&step)) {
      argument_of[view->view] = argument_of[view->base];
    } else if (const auto* copy = std::get_if<CopyStep>(&step)) {
      write(copy->destination);
    } else if (const auto* fill = std::get_if<FillStep>(&step)) {
      write(fill->value);
    } else if (const auto* call = std::get_if<OperatorStep>(&step)) {
      std::for_each(call->mutated.begin(), call->mutated.end(), write);
    } else if (const auto* launch = std::get_if<LaunchStep>(&step)) {
      size_t next = 0;
      for (const KernelArgument& argument : plan.kernels[launch->variants.back()].arguments)
        if (argument.kind == KernelArgument::Kind::buffer) {
          const PlanValue value = launch->buffers[next++];
          if (argument.written) write(value);
        }
    }
  }
  return written;
}

}  // namespace

void refresh_weights() {
  ++current_epoch;
}

CompiledGraph::CompiledGraph(at::Tensor artifact, std::vector<at::Tensor> constants)
    : constants_(std::move(constants)), artifact_(std::move(artifact)) {
  TORCH_CHECK(artifact_.defined() && artifact_.scalar_type() == at::kByte &&
                  artifact_.is_contiguous() && artifact_.device().is_cpu(),
              "the bytes of a compiled graph are a contiguous uint8 tensor on the CPU");
  try {
    Artifact content = unpack_artifact({static_cast<const char*>(artifact_.const_data_ptr()),
                                        static_cast<size_t>(artifact_.numel())});
    kernels_ = content.kernels;
    executor_ = std::make_unique<Executor>(std::move(content.plan), std::move(content.kernels),
                                           torch_host());
  } catch (const UserError& error) {
    throw c10::Error({__func__, __FILE__, __LINE__}, error.what());
  }
  prepare();
}

CompiledGraph::CompiledGraph(Plan plan, std::vector<LoadedKernel> kernels,
                             std::vector<at::Tensor> constants)
    : constants_(std::move(constants)), kernels_(kernels) {
  executor_ = with_torch_errors([&] {
    return std::make_unique<Executor>(std::move(plan), std::move(kernels), torch_host());
  });
  prepare();
}

CompiledGraph::~CompiledGraph() = default;

void CompiledGraph::prepare() {
  const Plan& plan = this->plan();
  TORCH_CHECK(constants_.size() <= plan.arguments.size(), "this compiled graph has ",
              plan.arguments.size(), " arguments, but comes with ", constants_.size(),
              " constants");
  with_torch_errors([&] {
    for (at::Tensor& constant : constants_) {
      constant = constant.detach();
      CallValue value{.kind = CallValue::Kind::tensor};
      value.tensor = borrow(constant);
      constant_values_.push_back(value);
    }
  });
  integer_from_.assign(plan.arguments.size(), {-1, 0});
  for (size_t s = 0; s < plan.symbols.size(); ++s) {
    if (plan.symbols[s].source != PlanSymbol::Source::integer) continue;
    const SizeExpr symbol = SizeExpr::symbol(static_cast<int>(s));
    for (size_t i = 0; i < plan.arguments.size(); ++i) {
      if (plan.arguments[i].value < 0) continue;
      const auto& sizes = plan.values[plan.arguments[i].value].sizes;
      const auto axis = std::find(sizes.begin(), sizes.end(), symbol);
      if (axis == sizes.end()) continue;
      integer_from_[plan.symbols[s].argument] = {static_cast<int>(i),
                                                 static_cast<int>(axis - sizes.begin())};
      break;
    }
  }
  with_version_.assign(plan.arguments.size(), WithVersion::no);
  for (const Recipe& recipe : plan.recipes)
    for (const int32_t source : recipe.sources) with_version_[source] = WithVersion::yes;
  written_ = written_arguments(plan);
  epoch_ = current_epoch.load();
}

const Plan& CompiledGraph::plan() const {
  return executor_->plan();
}

size_t CompiledGraph::argument_count() const {
  return plan().arguments.size() - constants_.size();
}

size_t CompiledGraph::result_count() const {
  return plan().outputs.size();
}

void CompiledGraph::forget_if_asked() {
  const int64_t now = current_epoch.load(std::memory_order_relaxed);
  if (epoch_.exchange(now, std::memory_order_relaxed) != now) executor_->refresh();
}

void CompiledGraph::run(std::span<CallValue> arguments, std::span<CallValue> results,
                        std::vector<StepTime>* times) {
  const BelowAutograd guard;
  const auto device = with_torch_errors([&] { return guard_of(executor_->device()); });
  if (epoch_.load(std::memory_order_relaxed) != current_epoch.load(std::memory_order_relaxed))
    forget_if_asked();
  std::copy(constant_values_.begin(), constant_values_.end(),
            arguments.end() - static_cast<std::ptrdiff_t>(constant_values_.size()));
  for (const int i : written_) {
    // Memory that is shared until it is written (lazily cloned tensors) is made the tensor's own.
    TensorRef& ref = arguments[i].tensor;
    if (ref.handle && ref.data) ref.data = share(ref.handle).mutable_data_ptr();
  }
  with_torch_errors([&] { executor_->run(arguments, results, times); });
}

std::vector<at::Tensor> CompiledGraph::run(const std::vector<at::Tensor>& tensors) {
  const Plan& plan = this->plan();
  std::vector<CallValue> arguments(plan.arguments.size());
  std::vector<at::Tensor> resolved;
  size_t next = 0;
  with_torch_errors([&] {
    for (size_t i = 0; i < argument_count(); ++i) {
      if (plan.arguments[i].value < 0) continue;
      HIDET_REQUIRE(next < tensors.size(), "this compiled graph takes more than {} tensors",
                    tensors.size());
      arguments[i].kind = CallValue::Kind::tensor;
      borrow_resolved(tensors[next++], with_version_[i], arguments[i].tensor, resolved);
    }
    HIDET_REQUIRE(next == tensors.size(), "this compiled graph takes {} tensors, not {}", next,
                  tensors.size());
    for (size_t i = 0; i < argument_count(); ++i) {
      if (plan.arguments[i].value >= 0) continue;
      arguments[i].kind = CallValue::Kind::integer;
      const SizeOfTensor from = integer_from_[i];
      if (from.argument < 0) continue;
      const TensorRef& tensor = arguments[from.argument].tensor;
      if (from.axis < tensor.rank) arguments[i].integer = tensor.sizes[from.axis];
    }
  });
  std::vector<CallValue> results(plan.outputs.size());
  run(arguments, results);
  std::vector<at::Tensor> outputs;
  for (const CallValue& result : results)
    if (result.kind == CallValue::Kind::tensor) outputs.push_back(take(result.tensor.handle));
  return outputs;
}

at::Tensor CompiledGraph::artifact() {
  if (!artifact_.defined()) {
    const std::string bytes = pack_artifact(plan(), kernels_);
    artifact_ = at::from_blob(const_cast<char*>(bytes.data()), {static_cast<int64_t>(bytes.size())},
                              at::kByte)
                    .clone();
  }
  return artifact_;
}

std::string CompiledGraph::signature() const {
  return plan_signature(plan(), constants_.size());
}

int64_t CompiledGraph::recipe_runs() const {
  return executor_->recipe_runs();
}

}  // namespace hidet
