#include "passes/lower_mma_group.h"

#include "passes/atoms_of.h"

namespace hidet {

namespace {

// How an operand lies, in the terms of the instruction: bytes from panel to panel of the other axis
// and from 8 rows to the next, and the code of the swizzle.
struct Descriptor {
  bool transposed = false;  // not the terms lie side by side
  int64_t leading = 0, stride = 0, mode = 0;
};

Descriptor describe(const Tile& tile, bool terms_inner) {
  Buffer buffer = tile.buffer;
  HIDET_ASSERT(buffer && buffer->scope == Scope::shared && buffer->layout,
               "an operand of an asynchronous product is in shared memory");
  const Layout<Expr>& layout = *buffer->layout;
  const Swizzle& swizzle = layout.swizzle();
  const int64_t bytes = bytes_of(buffer->type.dtype), row = swizzle.block();
  const auto& inner = layout.modes(layout.rank() - 1);
  const auto& rows = layout.modes(layout.rank() - 2);
  const auto width = as_int(inner.back().extent);
  const bool fits = swizzle.bits >= 1 && swizzle.base == 3 && swizzle.shift == 3 && bytes == 2 &&
                    width == row && as_int(rows.back().stride) == row && inner.size() <= 2;
  HIDET_ASSERT(fits, "{} does not lie as an asynchronous product takes it", buffer->name);
  Descriptor result{.transposed = !terms_inner, .leading = 16, .stride = 8 * row * bytes};
  if (!terms_inner && inner.size() == 2) result.leading = *as_int(inner[0].stride) * bytes;
  result.mode = 4 - swizzle.bits;  // 1: 128 bytes, 2: 64, 3: 32
  return result;
}

}  // namespace

Stmt lower_mma_group(const Mma& node, const TileAccess& access) {
  Context& context = *node.context;
  const auto atom = find_mma_atom(node.atom);
  Buffer sums = node.accumulator.buffer;
  HIDET_ASSERT(atom && sums && sums->mapping, "an asynchronous product {}", node.atom);
  const Mapping atoms = atoms_of(context, *sums->mapping, *atom);
  const Mapping threads =
      atoms * replicate<Expr>(context.index(atom->accumulator.workers()), atoms.rank());
  const Descriptor a = describe(node.a, !node.a.transposed);
  const Descriptor b = describe(node.b, node.b.transposed);
  const auto terms = as_int(TileAccess::extents(node.a)[1]);
  HIDET_ASSERT(terms && *terms % atom->k == 0, "{} over terms that it does not divide", atom->name);

  Var q_var = context.make_var(Type{DType::i64}, "q");
  const Expr q = context.variable(q_var) * atom->k;
  const Stmt products = access.tasks(
      {"i", "j"}, threads, WorkerScope::thread, {},
      [&](const std::vector<Expr>& at, std::vector<Stmt>& inner) {
        const Expr i = at[0] * atom->m, j = at[1] * atom->n;
        Instruction product{.name = hidet::format("wgmma_k{}_{}", atom->k, name_of(atom->operand))};
        product.addresses = {{sums, access.index(node.accumulator, {i, j})},
                             {node.a.buffer, access.index(node.a, {i, q})},
                             {node.b.buffer, access.index(node.b, {q, j})}};
        for (const int64_t value : {int64_t{atom->n}, int64_t{a.transposed}, a.leading, a.stride,
                                    a.mode, int64_t{b.transposed}, b.leading, b.stride, b.mode})
          product.values.push_back(context.index(value));
        inner.push_back(context.make(std::move(product)));
      });
  const Stmt fence = context.make(Instruction{.name = "wgmma_fence"});
  const Stmt loop = context.make(For{.var = q_var,
                                     .extent = context.index(*terms / atom->k),
                                     .loop = ForKind::unrolled,
                                     .body = products});
  return context.block({fence, loop});
}

}  // namespace hidet
