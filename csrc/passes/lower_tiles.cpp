#include "passes/lower_tiles.h"

#include "ir/visit.h"
#include "passes/lower_mma_cpu.h"
#include "passes/tile_access.h"

namespace hidet {

namespace {

const std::vector<std::string> kNames = {"i", "j", "k", "l"};
std::vector<std::string> names(int rank) {
  HIDET_ASSERT(rank <= static_cast<int>(kNames.size()), "a tile of rank {}", rank);
  return {kNames.begin(), kNames.begin() + rank};
}

// The function that combines two elements.
Function combination(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::sum:
      return Function::add;
    case ReduceKind::prod:
      return Function::mul;
    case ReduceKind::max:
      return Function::max;
    case ReduceKind::min:
      return Function::min;
    case ReduceKind::any:
      return Function::logical_or;
    case ReduceKind::all:
      return Function::logical_and;
  }
  HIDET_UNREACHABLE("reduction {}", static_cast<int>(kind));
}
Function over_lanes(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::sum:
      return Function::sum_lanes;
    case ReduceKind::prod:
      return Function::prod_lanes;
    case ReduceKind::max:
      return Function::max_lanes;
    case ReduceKind::min:
      return Function::min_lanes;
    case ReduceKind::any:
      return Function::any_lanes;
    case ReduceKind::all:
      return Function::all_lanes;
  }
  HIDET_UNREACHABLE("reduction {}", static_cast<int>(kind));
}

class Lowering : public Rewriter {
 public:
  Lowering(const Program& program, const Target& target)
      : context_(*program.context), target_(target), access_(program) {
    HIDET_ASSERT(target.kind == TargetKind::cpu, "tiles of {} have no lowering", target.name);
  }

 protected:
  Stmt on_stmt(Stmt s) override {
    if (const auto* n = s.as<Fill>()) return fill(*n);
    if (const auto* n = s.as<Copy>()) return copy(*n);
    if (const auto* n = s.as<Reduce>()) return reduce(*n);
    if (const auto* n = s.as<Mma>()) return lower_mma_cpu(*n, access_, target_);
    return recurse(s);
  }

 private:
  // Vectors along the last axis; the other axes one after the other.
  Mapping vectors(const std::vector<Expr>& extents, DType dtype) const {
    const int64_t lanes = target_.lanes(dtype);
    std::vector<Expr> outer = extents, inner(extents.size(), context_.index(1));
    outer.back() = (extents.back() + (lanes - 1)) / lanes;
    inner.back() = context_.index(lanes);
    return repeat<Expr>(outer) * spatial<Expr>(inner);
  }
  // Who does the elements of a tile. A register tile is taken whole.
  static const std::optional<Mapping>& own_mapping(const Tile& tile) {
    static const std::optional<Mapping> none;
    if (!tile.buffer || !tile.buffer->mapping) return none;
    for (const Slice& slice : tile.slices)
      HIDET_ASSERT(slice.extent && is_int(slice.start, 0), "a part of register tile {}",
                   tile.buffer->name);
    return tile.buffer->mapping;
  }
  bool is_scalar(const Tile& tile) const { return TileAccess::kept_axes(tile).empty(); }

  Stmt fill(const Fill& node) {
    if (is_scalar(node.tile)) return access_.write(node.tile, {}, node.value);
    const std::vector<Expr> inside = access_.inside(node.tile);
    const auto& own = own_mapping(node.tile);
    const Mapping mapping = own ? *own : vectors(inside, access_.type(node.tile).dtype);
    return access_.tasks(names(mapping.rank()), mapping, WorkerScope::lane, inside,
                         [&](const std::vector<Expr>& task, std::vector<Stmt>& body) {
                           body.push_back(access_.write(node.tile, task, node.value));
                         });
  }

  Stmt copy(const Copy& node) {
    HIDET_ASSERT(node.transport == Transport::direct, "a CPU has no asynchronous copies");
    std::vector<Stmt> statements;
    if (is_scalar(node.target)) {
      const Expr value = access_.read(node.source, {}, statements);
      statements.push_back(access_.write(node.target, {}, value));
      return context_.block(std::move(statements));
    }
    const std::vector<Expr> inside = access_.inside(node.target);
    const auto& to = own_mapping(node.target);
    const auto& from = own_mapping(node.source);
    const Mapping mapping = node.mapping ? *node.mapping
                            : to         ? *to
                            : from       ? *from
                                         : vectors(inside, access_.type(node.target).dtype);
    return access_.tasks(names(mapping.rank()), mapping, WorkerScope::lane, inside,
                         [&](const std::vector<Expr>& task, std::vector<Stmt>& body) {
                           const Expr value = access_.read_or_zero(node.source, task, body);
                           body.push_back(access_.write(node.target, task, value));
                         });
  }

  Stmt reduce(const Reduce& node) {
    const auto& source = own_mapping(node.source);
    HIDET_ASSERT(source, "a reduction of what is no register tile");
    const std::vector<Expr> shape = TileAccess::extents(node.source);
    const auto extent = as_int(shape[static_cast<size_t>(node.axis)]);
    HIDET_ASSERT(extent, "a reduction over an axis of constant extent");
    // The element of the source for one of the target.
    const auto with_axis = [&](std::vector<Expr> element, Expr index) {
      element.insert(element.begin() + node.axis, index);
      return element;
    };
    const int64_t lanes = lanes_along(*source, node.axis);
    const auto combined = [&](const std::vector<Expr>& element, std::vector<Stmt>& body) {
      Expr total;
      for (int64_t at = 0; at < *extent; at += lanes) {
        const Expr index =
            context_.ramp(context_.index(at), context_.index(1), static_cast<int>(lanes));
        const Expr value = access_.read(node.source, with_axis(element, index), body);
        total = total ? context_.call(combination(node.reduce), {total, value}) : value;
      }
      if (lanes > 1) total = context_.call(over_lanes(node.reduce), {total});
      body.push_back(access_.write(node.target, element, total));
    };
    if (lanes == 1) {
      const auto& target = own_mapping(node.target);
      HIDET_ASSERT(target, "the columns of a register tile stay in a register tile");
      return access_.tasks(names(target->rank()), *target, WorkerScope::lane, {}, combined);
    }
    // One loop an axis that stays.
    std::vector<Var> vars;
    std::vector<Expr> element;
    for (size_t axis = 0; axis + 1 < shape.size(); ++axis) {
      vars.push_back(context_.make_var(Type{DType::i64}, kNames[axis]));
      element.push_back(context_.variable(vars.back()));
    }
    std::vector<Stmt> body;
    combined(element, body);
    Stmt result = context_.block(std::move(body));
    for (size_t axis = vars.size(); axis-- > 0;) {
      const Expr count = shape[axis < static_cast<size_t>(node.axis) ? axis : axis + 1];
      result = context_.make(
          For{.var = vars[axis], .extent = count, .loop = ForKind::unrolled, .body = result});
    }
    return result;
  }

  // Lanes side by side along the axis; 1 where they lie along another one.
  int64_t lanes_along(const Mapping& mapping, int axis) const {
    const auto workers = as_int(mapping.workers());
    HIDET_ASSERT(workers && !mapping.factors().empty(), "lanes of a mapping are constant");
    const auto& last = mapping.factors().back();
    const bool along = last.kind == FactorKind::spatial &&
                       as_int(last.shape[static_cast<size_t>(axis)]) == workers;
    return along ? *workers : 1;
  }

  Context& context_;
  const Target& target_;
  TileAccess access_;
};

}  // namespace

Program lower_tiles(const Program& program, const Target& target) {
  Program result = program;
  result.body = Lowering(program, target).rewrite(program.body);
  return result;
}

}  // namespace hidet
