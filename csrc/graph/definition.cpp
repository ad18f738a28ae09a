#include "graph/definition.h"

#include "ir/context.h"

namespace hidet {

namespace {

class Definition {
 public:
  Definition(const Graph& graph, NodeId id, Context& context, const ReadOperand& read,
             const LowerSize& size)
      : graph_(graph),
        node_(graph.nodes[id]),
        out_(graph.values[node_.outputs[0]]),
        context_(context),
        read_(read),
        size_(size) {}

  Expr element(const std::vector<Expr>& index) {
    switch (node_.op) {
      case Op::full:
        return number(out_.dtype, node_.attributes.at("value"));
      case Op::iota:
        return iota(index[0]);
      case Op::apply:
        return apply(index);
      case Op::cast:
        return context_.cast(out_.dtype, read_(0, broadcast(0, index)));
      case Op::reshape:
        return read_(0, reshape_index(out_.shape, shape(0), index, context_.index(0), size_));
      case Op::permute:
        return read_(0, permuted(index));
      case Op::expand:
        return read_(0, broadcast(0, index));
      case Op::slice:
        return read_(0, sliced(index));
      case Op::flip:
        return read_(0, flipped(index));
      case Op::cat:
        return concatenated(index);
      case Op::pad:
        return padded(index);
      case Op::take:
        return taken(index);
      case Op::index:
      case Op::gather:
        return read_(0, positions(index, true).at);
      default:
        HIDET_UNREACHABLE("{} has no definition by element", name_of(node_.op));
    }
  }

  std::vector<Expr> forward(const std::vector<Expr>& index) {
    switch (node_.op) {
      case Op::reshape:
        return reshape_index(shape(0), out_.shape, index, context_.index(0), size_);
      case Op::permute: {
        std::vector<Expr> result;
        for (int64_t axis : permutation_of(node_)) result.push_back(index[axis]);
        return result;
      }
      case Op::flip:
        return flipped(index);
      default:
        HIDET_UNREACHABLE("{} is no bijective map", name_of(node_.op));
    }
  }

  // The condition under which a position that is read from memory lies outside.
  Expr missing(const std::vector<Expr>& index) {
    if (node_.op == Op::take) {
      Expr row = taken_row(index), rows = size_(shape(0)[0]);
      return row < context_.index(0) || rows <= row;
    }
    return positions(index, false).wrong;
  }

 private:
  const std::vector<SizeExpr>& shape(int operand) const {
    return graph_.values[node_.inputs[operand]].shape;
  }

  Expr number(DType dtype, const Attribute& attribute) {
    if (const auto* v = std::get_if<double>(&attribute.value))
      return context_.constant(Type{dtype}, *v);
    if (const auto* v = std::get_if<bool>(&attribute.value))
      return context_.constant(Type{dtype}, static_cast<int64_t>(*v));
    if (const auto* v = std::get_if<int64_t>(&attribute.value))
      return context_.constant(Type{dtype}, *v);
    return context_.cast(dtype, size_(std::get<SizeExpr>(attribute.value)));
  }

  Expr iota(Expr i) {
    if (is_floating(out_.dtype)) {
      // In double, as PyTorch accumulates, then rounded once.
      Expr start = context_.cast(DType::f64, number(DType::f64, node_.attributes.at("start")));
      Expr step = context_.cast(DType::f64, number(DType::f64, node_.attributes.at("step")));
      return context_.cast(out_.dtype, start + context_.cast(DType::f64, i) * step);
    }
    Expr start = number(DType::i64, node_.attributes.at("start"));
    Expr step = number(DType::i64, node_.attributes.at("step"));
    return context_.cast(out_.dtype, start + i * step);
  }

  // Operands align at the last axis; an axis of extent 1 has index 0.
  std::vector<Expr> broadcast(int operand, const std::vector<Expr>& index) const {
    const std::vector<SizeExpr>& extents = shape(operand);
    std::vector<Expr> result;
    for (size_t axis = 0; axis < extents.size(); axis++)
      result.push_back(extents[axis] == SizeExpr(1) ? context_.index(0)
                                                    : index[index.size() - extents.size() + axis]);
    return result;
  }

  Expr apply(const std::vector<Expr>& index) {
    std::vector<Expr> args;
    for (size_t operand = 0; operand < node_.inputs.size(); operand++)
      args.push_back(read_(static_cast<int>(operand), broadcast(static_cast<int>(operand), index)));
    return context_.call(function_of(node_), std::move(args));
  }

  std::vector<Expr> permuted(const std::vector<Expr>& index) const {
    std::vector<int64_t> order = permutation_of(node_);
    std::vector<Expr> result(index.size(), index.empty() ? Expr() : index[0]);
    for (size_t axis = 0; axis < order.size(); axis++) result[order[axis]] = index[axis];
    return result;
  }

  std::vector<Expr> sliced(std::vector<Expr> index) const {
    Expr& at = index[int_attribute(node_, "axis")];
    at = at * int_attribute(node_, "step") + size_(size_attribute(node_, "start"));
    return index;
  }

  std::vector<Expr> flipped(std::vector<Expr> index) const {
    for (int64_t axis : ints_attribute(node_, "axes"))
      index[axis] = size_(out_.shape[axis]) - 1 - index[axis];
    return index;
  }

  // where(i < n0, x0[i], where(i < n0 + n1, x1[i - n0], ...)).
  Expr concatenated(const std::vector<Expr>& index) {
    const auto axis = int_attribute(node_, "axis");
    std::vector<Expr> ends, pieces;
    SizeExpr start(0);
    for (size_t operand = 0; operand < node_.inputs.size(); operand++) {
      std::vector<Expr> at = index;
      at[axis] = index[axis] - size_(start);
      pieces.push_back(read_(static_cast<int>(operand), at));
      start = start + shape(static_cast<int>(operand))[axis];
      ends.push_back(size_(start));
    }
    Expr result = pieces.back();
    for (size_t i = pieces.size() - 1; i-- > 0;)
      result = context_.call(Function::where, {index[axis] < ends[i], pieces[i], result});
    return result;
  }

  Expr padded(const std::vector<Expr>& index) {
    std::vector<Expr> at = index;
    Expr inside = context_.boolean(true);
    const auto before = ints_attribute(node_, "before");
    for (size_t axis = 0; axis < index.size(); axis++) {
      if (out_.shape[axis] == shape(0)[axis]) continue;
      at[axis] = index[axis] - before[axis];
      inside = inside && context_.index(0) <= at[axis] && at[axis] < size_(shape(0)[axis]);
    }
    Expr outside = number(out_.dtype, node_.attributes.at("value"));
    return context_.call(Function::where, {inside, read_(0, at), outside});
  }

  Expr taken_row(const std::vector<Expr>& index) {
    const std::vector<Expr> at(index.begin(), index.begin() + shape(1).size());
    return context_.cast(DType::i64, read_(1, at));
  }
  // Inside of [0, extent), so that memory outside is never read.
  Expr clamped(Expr position, Expr extent) {
    Expr zero = context_.index(0);
    Expr last = context_.call(Function::max, {extent - 1, zero});
    return context_.call(Function::min, {context_.call(Function::max, {position, zero}), last});
  }

  struct Positions {
    std::vector<Expr> at;  // in operand 0, clamped
    Expr wrong;            // whether one of them was outside
  };
  // `index`: negative positions count from the end.
  Positions positions(const std::vector<Expr>& index, bool clamp) {
    Positions result{{}, context_.boolean(false)};
    auto take = [&](Expr position, const SizeExpr& size, bool wraps) {
      Expr extent = size_(size), zero = context_.index(0);
      position = context_.cast(DType::i64, position);
      if (wraps)
        position = context_.call(Function::where, {position < zero, position + extent, position});
      result.wrong = result.wrong || position < zero || extent <= position;
      result.at.push_back(clamp ? clamped(position, extent) : position);
    };
    if (node_.op == Op::gather) {
      const auto axis = static_cast<size_t>(int_attribute(node_, "axis"));
      for (size_t i = 0; i < index.size(); i++)
        if (i == axis)
          take(read_(1, index), shape(0)[i], false);
        else
          result.at.push_back(index[i]);
      return result;
    }
    const size_t leading = node_.inputs.size() - 1, rest = shape(0).size() - leading;
    const std::vector<Expr> common(index.begin(), index.end() - rest);
    for (size_t i = 0; i < leading; i++) {
      const int operand = static_cast<int>(i) + 1;
      take(read_(operand, broadcast(operand, common)), shape(0)[i], true);
    }
    result.at.insert(result.at.end(), index.end() - rest, index.end());
    return result;
  }

  // A row that does not exist is not read: the check reports it.
  Expr taken(const std::vector<Expr>& index) {
    Expr row = clamped(taken_row(index), size_(shape(0)[0]));
    std::vector<Expr> at{row};
    at.insert(at.end(), index.begin() + shape(1).size(), index.end());
    return read_(0, at);
  }

  const Graph& graph_;
  const Node& node_;
  const Value& out_;
  Context& context_;
  const ReadOperand& read_;
  const LowerSize& size_;
};

}  // namespace

Expr element_of(const Graph& graph, NodeId id, const std::vector<Expr>& index, Context& context,
                const ReadOperand& read, const LowerSize& size) {
  return Definition(graph, id, context, read, size).element(index);
}

std::vector<Expr> forward_index(const Graph& graph, NodeId id, const std::vector<Expr>& index,
                                Context& context, const LowerSize& size) {
  const ReadOperand none;
  return Definition(graph, id, context, none, size).forward(index);
}

Expr out_of_range(const Graph& graph, NodeId id, const std::vector<Expr>& index, Context& context,
                  const ReadOperand& read, const LowerSize& size) {
  const Op op = graph.nodes[id].op;
  if (op != Op::take && op != Op::index && op != Op::gather) return Expr();
  return Definition(graph, id, context, read, size).missing(index);
}

}  // namespace hidet
