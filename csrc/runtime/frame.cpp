#include "runtime/frame.h"

#include <algorithm>

#include "base/checked.h"

namespace hidet {

Frame::Frame(const PreparedPlan& prepared, Host& host) : prepared_(prepared), host_(host) {
  const Plan& plan = prepared.plan;
  table_ = prepared.program.initial();
  numbers.resize(prepared.numbers.size());
  variant_holds.resize(static_cast<size_t>(prepared.variant_count));
  pointers.resize(static_cast<size_t>(prepared.pointer_count));
  values.resize(plan.values.size());
  next_symbols.resize(plan.symbols.size());
  for (size_t i = 0; i < values.size(); i++) {
    const PreparedBuffer& buffer = prepared.buffers[i];
    TensorRef& value = values[i];
    value.sizes = numbers.data() + buffer.sizes.first;
    value.strides = numbers.data() + buffer.strides.first;
    value.rank = buffer.sizes.count;
    value.dtype = plan.values[i].dtype;
    value.device = plan.values[i].device;
  }
  owned_.reserve(values.size());
  box_operators();
}

Frame::~Frame() {
  release_all();
  free_arena();
}

void Frame::set_symbols(std::span<const int64_t> symbols) {
  if (evaluated_ && std::equal(symbols.begin(), symbols.end(), symbols_.begin())) return;
  evaluated_ = false;
  symbols_.assign(symbols.begin(), symbols.end());
  prepared_.program.evaluate(symbols_, table_);
  for (size_t i = 0; i < numbers.size(); i++) numbers[i] = table_[prepared_.numbers[i]];
  for (const PreparedLaunch& launch : prepared_.launches)
    for (size_t i = 0; i < launch.variants.size(); i++) {
      const auto& sizes = launch.variants[i].sizes;
      variant_holds[launch.first_variant + i] =
          std::all_of(sizes.begin(), sizes.end(), [&](const auto& assumption) {
            int64_t size = numbers[assumption.size];
            return assumption.kind == Assumption::Kind::below
                       ? size < assumption.number
                       : checked_mod(size, assumption.number) == 0;
          });
    }
  for (const OperatorSize& size : operator_sizes_) size.argument->integer = numbers[size.number];
  layout_ = plan_arena(prepared_.body.events, temporary_sizes(prepared_.body));
  placed_ = false;
  evaluated_ = true;
}

void Frame::take_arena() {
  const auto bytes = static_cast<size_t>(layout_.bytes);
  if (bytes > arena_bytes_) {
    free_arena();
    arena_ = host_.allocate(bytes, prepared_.device);
    arena_bytes_ = bytes;
    placed_ = false;
  }
  if (!placed_) place_temporaries(prepared_.body, layout_, arena_);
  placed_ = true;
}

void Frame::free_arena() {
  if (arena_) host_.deallocate(arena_, arena_bytes_, prepared_.device);
  arena_ = nullptr, arena_bytes_ = 0;
}

int64_t Frame::byte_span(PlanValue value) const {
  auto sizes = this->sizes(value), strides = this->strides(value);
  int64_t elements = 1;
  for (size_t i = 0; i < sizes.size(); i++) {
    HIDET_REQUIRE(sizes[i] >= 0, "axis {} of {} has length {}", i,
                  prepared_.plan.values[value].name, sizes[i]);
    if (sizes[i] == 0) return 0;
    elements = checked_add(elements, checked_mul(sizes[i] - 1, strides[i]));
  }
  return checked_mul(elements, bytes_of(prepared_.plan.values[value].dtype));
}

std::vector<int64_t> Frame::temporary_sizes(const PreparedSteps& steps) const {
  std::vector<int64_t> sizes;
  for (PlanValue value : steps.temporaries) sizes.push_back(byte_span(value));
  return sizes;
}

void Frame::place_temporaries(const PreparedSteps& steps, const ArenaLayout& layout, void* memory) {
  for (size_t i = 0; i < steps.temporaries.size(); i++)
    values[steps.temporaries[i]].data =
        memory ? static_cast<char*>(memory) + layout.offsets[i] : nullptr;
}

void Frame::own(PlanValue value, const TensorRef& tensor) {
  values[value] = tensor;
  owned_.push_back(value);
}

void Frame::release(PlanValue value) {
  if (give_away(value)) host_.release(values[value].handle);
}

void Frame::release_all() {
  for (PlanValue value : owned_) host_.release(values[value].handle);
  owned_.clear();
  if (prepared_.device.kind == DeviceKind::cuda) free_arena();
}

bool Frame::give_away(PlanValue value) {
  auto place = std::find(owned_.begin(), owned_.end(), value);
  if (place == owned_.end()) return false;
  *place = owned_.back();
  owned_.pop_back();
  return true;
}

void Frame::box_operators() {
  struct Boxer {
    Frame& frame;
    const std::vector<int32_t>& sizes;
    size_t next_size = 0;

    std::vector<OperatorArgument> list(const std::vector<PlanOperand>& operands) {
      std::vector<OperatorArgument> out(operands.size());
      for (size_t i = 0; i < out.size(); i++) one(operands[i], out[i]);
      return out;
    }
    void one(const PlanOperand& operand, OperatorArgument& out) {
      using Kind = OperatorArgument::Kind;
      if (auto* tensor = std::get_if<PlanOperand::Tensor>(&operand.value)) {
        out.kind = Kind::tensor;
        out.tensor = &frame.values[tensor->value];
      } else if (std::holds_alternative<SizeExpr>(operand.value)) {
        out.kind = Kind::integer;
        frame.operator_sizes_.push_back({&out, sizes[next_size++]});
      } else if (auto* number = std::get_if<double>(&operand.value)) {
        out.kind = Kind::real;
        out.real = *number;
      } else if (auto* flag = std::get_if<bool>(&operand.value)) {
        out.kind = Kind::boolean;
        out.integer = *flag;
      } else if (auto* text = std::get_if<std::string>(&operand.value)) {
        out.kind = Kind::text;
        out.text = *text;
      } else if (auto* opaque = std::get_if<PlanOperand::Opaque>(&operand.value)) {
        out.kind = Kind::opaque;
        out.text = opaque->text;
      } else if (auto* items = std::get_if<PlanOperand::List>(&operand.value)) {
        out.kind = Kind::list;
        // Filled where it stays: the sizes in it are found by address.
        frame.lists_.push_back(std::vector<OperatorArgument>(items->size()));
        auto& place = frame.lists_.back();
        for (size_t i = 0; i < items->size(); i++) one((*items)[i], place[i]);
        out.list = place;
      }
    }
  };
  size_t most_results = 0;
  for (const PreparedOperator& op : prepared_.operators) {
    // A vector keeps its elements' place when it is moved.
    operator_arguments.push_back(Boxer{*this, op.sizes}.list(op.step->arguments));
    most_results = std::max(most_results, op.step->results.size());
  }
  results.resize(most_results);
}

std::unique_ptr<Frame> FramePool::take() {
  {
    std::lock_guard lock(mutex_);
    if (!waiting_.empty()) {
      auto frame = std::move(waiting_.back());
      waiting_.pop_back();
      return frame;
    }
  }
  return std::make_unique<Frame>(prepared_, host_);
}

void FramePool::give(std::unique_ptr<Frame> frame) {
  std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(frame));
}

size_t FramePool::arena_bytes() const {
  std::lock_guard lock(mutex_);
  size_t bytes = 0;
  for (const auto& frame : waiting_) bytes += frame->arena_bytes();
  return bytes;
}

}  // namespace hidet
