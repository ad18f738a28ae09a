#include <cmath>

#include "interp/interpreter.h"

namespace hidet {

int64_t View::elements() const {
  int64_t count = 1;
  for (int64_t extent : extents) count *= extent;
  return count;
}

std::vector<int64_t> View::index(int64_t position) const {
  std::vector<int64_t> result = start;
  for (size_t i = extents.size(); i-- > 0; position /= extents[i])
    result[static_cast<size_t>(axes[i])] += position % extents[i];
  return result;
}

View Interpreter::view(const Tile& tile) {
  View result;
  if (tile.buffer) {
    result.memory = find_memory(tile.buffer);
    result.type = tile.buffer->type;
    if (tile.slices.size() != result.memory->shape.size())
      throw InterpretError("a tile has a slice for each axis of its buffer");
  } else {
    for (const Site& site : machine_.program.sites)
      if (site.name == tile.site) result.site = &site;
    if (!result.site) throw InterpretError(hidet::format("there is no site {}", tile.site));
    result.site_shape = site_shapes_.at(tile.site);
    result.type = result.site->type;
  }
  for (size_t axis = 0; axis < tile.slices.size(); ++axis) {
    result.start.push_back(integer(tile.slices[axis].start));
    if (!tile.slices[axis].extent) continue;
    result.axes.push_back(static_cast<int>(axis));
    result.extents.push_back(integer(tile.slices[axis].extent));
    if (result.extents.back() < 0) throw InterpretError("a tile has a negative extent");
  }
  if (tile.transposed) {
    const size_t rank = result.axes.size();
    if (rank < 2) throw InterpretError("a transposed tile has two axes");
    std::swap(result.axes[rank - 1], result.axes[rank - 2]);
    std::swap(result.extents[rank - 1], result.extents[rank - 2]);
  }
  return result;
}

namespace {
bool inside(const std::vector<int64_t>& index, const std::vector<int64_t>& shape) {
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (index[axis] < 0 || index[axis] >= shape[axis]) return false;
  return true;
}
std::vector<Scalar> scalars(const std::vector<int64_t>& numbers) {
  std::vector<Scalar> result;
  for (int64_t number : numbers) result.push_back(Scalar::of(number));
  return result;
}
}  // namespace

// Outside of a site, reads are zero and writes are dropped.
Scalar Interpreter::read(const View& view, int64_t position) {
  const std::vector<int64_t> index = view.index(position);
  if (view.memory) return view.memory->read(view.memory->place(index), 0, view.late);
  if (!inside(index, view.site_shape)) return Scalar();
  const HostSite& site = machine_.bindings.sites.at(view.site->name);
  if (!site.read) throw InterpretError("a store site is read");
  return site.read(scalars(index), Scalar());
}

void Interpreter::write(const View& view, int64_t position, Scalar value) {
  const std::vector<int64_t> index = view.index(position);
  if (view.memory) return view.memory->write(view.memory->place(index), value, 0, view.late);
  if (!inside(index, view.site_shape)) return;
  const HostSite& site = machine_.bindings.sites.at(view.site->name);
  if (!site.store) throw InterpretError("a read site is written");
  site.store(scalars(index), value);
}

void Interpreter::under_way(const View& target, int change) {
  if (!target.memory) throw InterpretError("asynchronous work writes to a buffer");
  for (int64_t i = 0; i < target.elements(); ++i)
    target.memory->in_flight[static_cast<size_t>(target.memory->place(target.index(i)))] += change;
}

void Interpreter::fill(const Fill& node) {
  const View to = view(node.tile);
  const Scalar value = convert(node.value.type().dtype, to.type.dtype, this->value(node.value));
  for (int64_t i = 0; i < to.elements(); ++i) write(to, i, value);
}

void Interpreter::copy(const Copy& node) {
  View to = view(node.target), from = view(node.source);
  if (to.extents != from.extents) throw InterpretError("the tiles of a copy differ in shape");
  to.late = node.transport != Transport::direct;
  const Work move = [this, to, from] {
    std::vector<Scalar> values;
    for (int64_t i = 0; i < from.elements(); ++i)
      values.push_back(convert(from.type.dtype, to.type.dtype, read(from, i)));
    for (int64_t i = 0; i < to.elements(); ++i) write(to, i, values[static_cast<size_t>(i)]);
  };
  if (node.transport == Transport::direct) return move();
  under_way(to, 1);
  const Work late = [this, to, move] {
    move();
    under_way(to, -1);
  };
  if (node.transport == Transport::cp_async) return open_[AsyncKind::cp_async].push_back(late);
  if (!node.signal) throw InterpretError("a copy by TMA has nothing to signal");
  const int64_t bytes = to.elements() * bits_of(to.type.dtype) / 8;
  cell(node.signal, node.signal_index).copies.emplace_back(bytes, late);
  machine_.turns.changed();
}

void Interpreter::reduce(const Reduce& node) {
  const View to = view(node.target), from = view(node.source);
  const auto axis = static_cast<size_t>(node.axis);
  std::vector<int64_t> shape = from.extents;
  if (axis >= shape.size()) throw InterpretError("a reduction along an axis that is not there");
  shape.erase(shape.begin() + node.axis);
  if (shape != to.extents) throw InterpretError("the target of a reduction has another shape");
  int64_t inner = 1;
  for (size_t i = axis + 1; i < from.extents.size(); ++i) inner *= from.extents[i];
  constexpr Function combine[] = {Function::add, Function::mul,        Function::max,
                                  Function::min, Function::logical_or, Function::logical_and};
  const Function function = combine[static_cast<size_t>(node.reduce)];
  const bool logical = function == Function::logical_or || function == Function::logical_and;
  const DType dtype = logical ? DType::b8 : from.type.dtype;
  for (int64_t i = 0; i < to.elements(); ++i) {
    std::optional<Scalar> total;
    for (int64_t j = 0; j < from.extents[axis]; ++j) {
      const int64_t at = (i / inner * from.extents[axis] + j) * inner + i % inner;
      const Scalar next = convert(from.type.dtype, dtype, read(from, at));
      const Scalar pair[] = {total.value_or(next), next};
      total = total ? evaluate(function, dtype, pair) : next;
    }
    if (!total) throw InterpretError("a reduction of nothing");
    write(to, i, convert(dtype, to.type.dtype, *total));
  }
}

// Each product and sum rounded once, in the accumulator's type.
void Interpreter::multiply(const View& accumulator, const View& a, const View& b) {
  const int64_t rows = accumulator.extents[0], columns = accumulator.extents[1],
                terms = a.extents[1];
  const DType dtype = accumulator.type.dtype;
  const auto operand = [&](const View& tile) {
    std::vector<Scalar> values;
    for (int64_t i = 0; i < tile.elements(); ++i)
      values.push_back(convert(tile.type.dtype, dtype, read(tile, i)));
    return values;
  };
  const std::vector<Scalar> left = operand(a), right = operand(b);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) {
      Scalar sum = read(accumulator, i * columns + j);
      for (int64_t q = 0; q < terms; ++q) {
        const Scalar args[] = {left[static_cast<size_t>(i * terms + q)],
                               right[static_cast<size_t>(q * columns + j)], sum};
        if (dtype == DType::f32)
          sum = Scalar::of(double{std::fma(static_cast<float>(args[0].as_float()),
                                           static_cast<float>(args[1].as_float()),
                                           static_cast<float>(sum.as_float()))});
        else
          sum = evaluate(Function::fma, dtype, args);
      }
      write(accumulator, i * columns + j, sum);
    }
}

void Interpreter::mma(const Mma& node) {
  View accumulator = view(node.accumulator);
  const View a = view(node.a), b = view(node.b);
  if (accumulator.extents.size() != 2 || a.extents.size() != 2 || b.extents.size() != 2 ||
      a.extents[0] != accumulator.extents[0] || b.extents[1] != accumulator.extents[1] ||
      a.extents[1] != b.extents[0])
    throw InterpretError("the tiles of a product do not fit");
  if (!node.asynchronous) return multiply(accumulator, a, b);
  accumulator.late = true;
  under_way(accumulator, 1);
  open_[AsyncKind::wgmma].push_back([this, accumulator, a, b] {
    multiply(accumulator, a, b);
    under_way(accumulator, -1);
  });
}

}  // namespace hidet
