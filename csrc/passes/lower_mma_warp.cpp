#include "passes/lower_mma_warp.h"

#include "mapping/lift.h"
#include "mapping/owner.h"
#include "passes/atoms_of.h"
#include "passes/restrict_mapping.h"
#include "target/matrix_rows.h"

namespace hidet {

namespace {

constexpr int64_t kWarp = 32;
constexpr int64_t kMatrix = 8;  // rows, and elements of a row, of what ldmatrix loads

// The part of `mapping` along `axis`, as a mapping of rank 2 that has one place along the other.
Mapping along(const Mapping& mapping, int axis) {
  std::vector<Factor<Expr>> factors = restrict_mapping(mapping, axis).factors();
  for (Factor<Expr>& factor : factors) {
    if (factor.kind == FactorKind::replicate) continue;
    const Expr one = constant_like(factor.workers, 1);
    factor.shape.insert(axis == 0 ? factor.shape.end() : factor.shape.begin(), one);
    factor.order = {0, 1};
  }
  return Mapping(std::move(factors), 2);
}

class Lowering {
 public:
  Lowering(const Mma& node, const TileAccess& access)
      : node_(node),
        access_(access),
        context_(*node.context),
        atom_(*find_mma_atom(node.atom)),
        atoms_(atoms_of(context_, *node.accumulator.buffer->mapping, atom_)) {}

  Stmt run() {
    const auto terms = as_int(TileAccess::extents(node_.a)[1]);
    HIDET_ASSERT(terms && *terms % atom_.k == 0, "{} over terms that it does not divide",
                 atom_.name);
    if (*terms == atom_.k) return step(context_.index(0));
    Var q = context_.make_var(Type{DType::i64}, "q");
    return context_.make(For{.var = q,
                             .extent = context_.index(*terms / atom_.k),
                             .loop = ForKind::unrolled,
                             .body = step(context_.variable(q) * atom_.k)});
  }

 private:
  Mapping numbers(const TaskMapping<int64_t>& mapping) { return lift(mapping, context_.index(0)); }

  // The products over terms first, first + 1, ... of one instruction.
  Stmt step(Expr first) {
    std::vector<Stmt> body;
    const auto [a, a_first] = left(first, body);
    Buffer b = fragments(node_.b, 1, first, body);
    const Mapping mapping = atoms_ * replicate<Expr>(context_.index(kWarp));
    body.push_back(access_.tasks({"i", "j"}, mapping, WorkerScope::thread, {},
                                 [&](const std::vector<Expr>& atom, std::vector<Stmt>& inner) {
                                   const Expr i = atom[0] * atom_.m, j = atom[1] * atom_.n;
                                   Instruction mma{.name = "mma_" + atom_.name};
                                   mma.addresses = {{node_.accumulator.buffer,
                                                     access_.index(node_.accumulator, {i, j})},
                                                    {a, a_first(i)},
                                                    {b, {context_.index(0), j}}};
                                   inner.push_back(context_.make(std::move(mma)));
                                 }));
    return context_.block(std::move(body));
  }

  // Where the fragments of the left operand are: the buffer, and the index for a row's first.
  std::pair<Buffer, std::function<std::vector<Expr>(Expr)>> left(Expr first,
                                                                 std::vector<Stmt>& body) {
    Buffer given = node_.a.buffer;
    if (given && given->mapping) {
      HIDET_ASSERT(holds_fragments(*given->mapping), "{} does not hold the operands of {}",
                   given->name, atom_.name);
      return {given, [this, first](Expr i) { return access_.index(node_.a, {i, first}); }};
    }
    return {fragments(node_.a, 0, first, body),
            [this](Expr i) { return std::vector<Expr>{i, context_.index(0)}; }};
  }

  // Whether the elements that the instruction takes from a thread lie one after the other in what
  // the thread holds of the first atom.
  bool holds_fragments(const Mapping& mapping) {
    const Mapping own = numbers(atom_.a);
    std::optional<int64_t> offset;
    for (int64_t i = 0; i < atom_.m; ++i)
      for (int64_t q = 0; q < atom_.k; ++q) {
        const std::vector<Expr> at = {context_.index(i), context_.index(q)};
        const Owner<Expr> held = owner_of(mapping, at), wanted = owner_of(own, at);
        const auto place = as_int(mapping.local_index(held.repeats)),
                   operand = as_int(own.local_index(wanted.repeats));
        if (!place || !operand || as_int(held.worker) != as_int(wanted.worker)) return false;
        if (!offset) offset = *place - *operand;
        if (*place - *operand != *offset) return false;
      }
    return true;
  }

  // The fragments of the operand whose atoms lie along `axis`, in registers.
  Buffer fragments(const Tile& tile, int axis, Expr first, std::vector<Stmt>& body) {
    const Mapping outer = along(atoms_, axis);
    const Mapping mapping = outer * numbers(axis == 0 ? atom_.a : atom_.b);
    BufferInfo info;
    info.scope = Scope::registers;
    info.type = Type{atom_.operand};
    info.shape = mapping.task_shape();
    info.name = axis == 0 ? "a_fragment" : "b_fragment";
    info.mapping = mapping;
    Buffer result = context_.make_buffer(std::move(info));
    body.push_back(context_.make(Allocate{.buffer = result}));
    if (!by_matrices(tile)) {
      body.push_back(access_.tasks({"i", "q"}, mapping, WorkerScope::thread, {},
                                   [&](std::vector<Expr> at, std::vector<Stmt>& inner) {
                                     const std::vector<Expr> target = at;
                                     at[static_cast<size_t>(1 - axis)] =
                                         at[static_cast<size_t>(1 - axis)] + first;
                                     const Expr value = access_.read(tile, at, inner);
                                     inner.push_back(context_.make(
                                         Store{.buffer = result, .index = target, .value = value}));
                                     if (!is_tf32()) return;
                                     Instruction round{.name = "round_tf32"};
                                     round.addresses = {{result, target}};
                                     inner.push_back(context_.make(std::move(round)));
                                   }));
      return result;
    }
    body.push_back(by_ldmatrix(tile, axis, first, outer, result));
    return result;
  }

  bool is_tf32() const { return bits_of(atom_.operand) == 32; }

  // Rows of eight elements lie side by side, aligned.
  bool by_matrices(const Tile& tile) const {
    Buffer buffer = tile.buffer;
    if (is_tf32() || !buffer || buffer->scope != Scope::shared) return false;
    const Layout<Expr> layout = buffer->layout ? *buffer->layout : row_major<Expr>(buffer->shape);
    return tile.slices.back().extent && layout.vector_width(layout.rank() - 1, kMatrix) == kMatrix;
  }

  // Each thread of a warp gives the address of a row. Rows come in the order in which the atom's
  // fragments are stored: `atom_.a` for the left operand, two times `atom_.b` for the right one.
  Stmt by_ldmatrix(const Tile& tile, int axis, Expr first, Mapping outer, Buffer result) {
    // Along the axis that lies side by side, addresses are counted in rows of matrices.
    const int chunked = tile.transposed ? 0 : 1;
    const bool transposes = (axis == 0) == tile.transposed;
    bool four = true;
    if (axis == 1) four = join_pairs(outer);
    const int64_t unit = four ? 16 : 8;  // of the outer axis, in elements
    const Mapping rows = numbers(matrix_rows(four ? 4 : 2, !tile.transposed));
    const auto other = static_cast<size_t>(1 - axis), own = static_cast<size_t>(axis);
    return access_.tasks(
        {"i", "q"}, outer * rows, WorkerScope::thread, {},
        [&](std::vector<Expr> at, std::vector<Stmt>& inner) {
          at[static_cast<size_t>(chunked)] = at[static_cast<size_t>(chunked)] * kMatrix;
          std::vector<Expr> target = {context_.index(0), context_.index(0)};
          target[own] = at[own] / unit * unit;
          at[other] = at[other] + first;
          Instruction load{.name = hidet::format("ldmatrix_{}{}", four ? "x4" : "x2",
                                                 transposes ? "_trans" : "")};
          load.addresses = {{result, target}, {tile.buffer, access_.index(tile, at)}};
          inner.push_back(context_.make(std::move(load)));
        });
  }

  // Counts atoms in pairs, where each thread has them so.
  bool join_pairs(Mapping& outer) {
    std::vector<Factor<Expr>> factors = outer.factors();
    Factor<Expr>& last = factors.back();
    if (last.kind != FactorKind::repeat) return false;
    const auto extent = as_int(last.shape[1]);
    if (!extent || *extent % 2 != 0) return false;
    last.shape[1] = context_.index(*extent / 2);
    outer = Mapping(std::move(factors), 2);
    return true;
  }

  const Mma& node_;
  const TileAccess& access_;
  Context& context_;
  const MmaAtom atom_;
  const Mapping atoms_;
};

}  // namespace

Stmt lower_mma_warp(const Mma& node, const TileAccess& access) {
  Buffer tile = node.accumulator.buffer;
  HIDET_ASSERT(tile && tile->mapping && tile->mapping->rank() == 2,
               "the accumulator of a product is a register tile");
  HIDET_ASSERT(find_mma_atom(node.atom), "no instruction {}", node.atom);
  return Lowering(node, access).run();
}

}  // namespace hidet
