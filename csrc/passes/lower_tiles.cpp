#include "passes/lower_tiles.h"

#include "ir/reduction.h"
#include "ir/visit.h"
#include "ir/words.h"
#include "passes/lower_mma_cpu.h"
#include "passes/lower_mma_group.h"
#include "passes/lower_mma_simt.h"
#include "passes/lower_mma_warp.h"
#include "passes/lower_tensor_copy.h"
#include "passes/restrict_mapping.h"
#include "passes/spread_over_threads.h"
#include "passes/tile_access.h"

namespace hidet {

namespace {

const std::vector<std::string> kNames = {"i", "j", "k", "l"};
std::vector<std::string> names(int rank) {
  HIDET_ASSERT(rank <= static_cast<int>(kNames.size()), "a tile of rank {}", rank);
  return {kNames.begin(), kNames.begin() + rank};
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
      : context_(*program.context),
        target_(target),
        access_(program),
        scope_(target.kind == TargetKind::cpu ? WorkerScope::lane : WorkerScope::thread),
        threads_(program.threads) {}

 protected:
  Stmt on_stmt(Stmt s) override {
    if (const auto* n = s.as<Fill>()) return fill(*n);
    if (const auto* n = s.as<Copy>()) return copy(*n);
    if (const auto* n = s.as<Reduce>()) return on_cpu() ? reduce(*n) : reduce_by_threads(*n);
    if (const auto* n = s.as<Mma>()) {
      if (on_cpu()) return lower_mma_cpu(*n, access_, target_);
      if (n->atom.empty()) return lower_mma_simt(*n, access_);
      return n->asynchronous ? lower_mma_group(*n, access_) : lower_mma_warp(*n, access_);
    }
    if (const auto* n = s.as<Roles>()) return roles(*n);
    return recurse(s);
  }

 private:
  bool on_cpu() const { return target_.kind == TargetKind::cpu; }
  Mapping default_mapping(const Tile& tile, const std::vector<Expr>& inside) const {
    return on_cpu() ? vectors(inside, access_.type(tile).dtype)
                    : spread_over_threads(context_, TileAccess::extents(tile), threads_);
  }
  Stmt roles(const Roles& node) {
    Roles result = node;
    const int all = threads_;
    for (Role& role : result.roles) {
      threads_ = (role.last - role.first) * 32;
      role.body = rewrite(role.body);
    }
    threads_ = all;
    return context_.make(std::move(result));
  }
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
    const Mapping mapping = own ? *own : default_mapping(node.tile, inside);
    return access_.tasks(names(mapping.rank()), mapping, scope_, inside,
                         [&](const std::vector<Expr>& task, std::vector<Stmt>& body) {
                           body.push_back(access_.write(node.tile, task, node.value));
                         });
  }

  Stmt copy(const Copy& node) {
    HIDET_ASSERT(node.transport == Transport::direct || !on_cpu(), "{} has no copies through {}",
                 target_.name, name_of(node.transport));
    if (node.transport == Transport::tma) return lower_tensor_copy(node, access_);
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
                                         : default_mapping(node.target, inside);
    return access_.tasks(names(mapping.rank()), mapping, scope_, inside,
                         [&](const std::vector<Expr>& task, std::vector<Stmt>& body) {
                           const Expr value = access_.read_or_zero(node.source, task, body);
                           const Stmt write = access_.write(node.target, task, value);
                           const auto* store = write.as<Store>();
                           body.push_back(store ? through(node.transport, *store) : write);
                         });
  }
  // The wish; passes/lower_copies.h sees whether it can be.
  Stmt through(Transport transport, Store store) {
    store.transport = transport;
    return context_.make(std::move(store));
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
        total = total ? context_.call(combination_of(node.reduce), {total, value}) : value;
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

  // Each thread combines what it holds, then threads of a warp exchange what they have.
  Stmt reduce_by_threads(const Reduce& node) {
    const auto& source = own_mapping(node.source);
    const auto& target = own_mapping(node.target);
    HIDET_ASSERT(source && target, "a reduction of threads is from registers to registers");
    const Mapping along = restrict_mapping(*source, node.axis);
    const DType dtype = access_.type(node.source).dtype;
    BufferInfo info{
        .id = 0, .scope = Scope::registers, .type = {dtype}, .shape = {}, .name = "part"};
    Buffer part = context_.make_buffer(std::move(info));
    const Tile scalar{.buffer = part, .site = {}, .slices = {}};
    const auto combine = [&](Expr a, Expr b) {
      return context_.call(combination_of(node.reduce), {a, b});
    };
    return access_.tasks(names(target->rank()), *target, scope_, {},
                         [&](const std::vector<Expr>& element, std::vector<Stmt>& body) {
                           body.push_back(context_.make(Allocate{.buffer = part}));
                           body.push_back(access_.write(
                               scalar, {}, reduction_identity(context_, node.reduce, dtype)));
                           body.push_back(access_.tasks(
                               {"part"}, along, scope_, {},
                               [&](const std::vector<Expr>& place, std::vector<Stmt>& inner) {
                                 std::vector<Expr> at = element;
                                 at.insert(at.begin() + node.axis, place[0]);
                                 const Expr before = access_.read(scalar, {}, inner);
                                 const Expr value = access_.read(node.source, at, inner);
                                 inner.push_back(access_.write(scalar, {}, combine(before, value)));
                               }));
                           Expr total = access_.read(scalar, {}, body);
                           for (const int bits : lane_bits(along)) {
                             Var other = context_.make_var(Type{dtype}, "other");
                             body.push_back(context_.make(
                                 Exchange{.var = other, .value = total, .lane_bits = bits}));
                             Var sum = context_.make_var(Type{dtype}, "sum");
                             body.push_back(context_.make(Let{
                                 .var = sum, .value = combine(total, context_.variable(other))}));
                             total = context_.variable(sum);
                           }
                           body.push_back(access_.write(node.target, element, total));
                         });
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
  const WorkerScope scope_;
  int threads_;  // of the block, or of the role at hand
};

}  // namespace

Program lower_tiles(const Program& program, const Target& target) {
  Program result = program;
  result.body = Lowering(program, target).rewrite(program.body);
  return result;
}

}  // namespace hidet
