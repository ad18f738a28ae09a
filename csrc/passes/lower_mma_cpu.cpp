#include "passes/lower_mma_cpu.h"

namespace hidet {

namespace {

// What the mapping of a [rows, columns] tile does along its columns: the rows are done one by one.
Mapping along_columns(const Mapping& mapping) {
  HIDET_ASSERT(mapping.rank() == 2, "an accumulator of rank {}", mapping.rank());
  std::vector<Factor<Expr>> factors;
  for (Factor<Expr> factor : mapping.factors()) {
    HIDET_ASSERT(factor.kind == FactorKind::repeat ||
                     (factor.kind == FactorKind::spatial && is_constant(factor.shape[0], 1)),
                 "{} has lanes along its rows", mapping.to_string());
    factor.shape = {factor.shape[1]};
    factor.order = {0};
    if (!factor.is_unit()) factors.push_back(std::move(factor));
  }
  return Mapping(std::move(factors), 1);
}

}  // namespace

Stmt lower_mma_cpu(const Mma& node, const TileAccess& access, const Target& target) {
  Buffer tile = node.accumulator.buffer;
  HIDET_ASSERT(tile && tile->mapping, "the accumulator of a product is a register tile");
  Context& context = *node.context;
  const Mapping columns = along_columns(*tile->mapping);
  const Type type = tile->type;
  const Expr rows = TileAccess::extents(node.accumulator)[0];
  const Expr terms = TileAccess::extents(node.a)[1];
  const Expr zero = context.index(0);

  BufferInfo info;
  info.scope = Scope::registers;
  info.type = type;
  info.shape = columns.task_shape();
  info.name = "b_row";
  info.mapping = columns;
  Buffer b_row = context.make_buffer(std::move(info));

  Var q_var = context.make_var(Type{DType::i64}, "q");
  const Expr q = is_int(terms, 1) ? zero : context.variable(q_var);
  std::vector<Stmt> body;
  body.push_back(context.make(Allocate{.buffer = b_row}));
  body.push_back(access.tasks({"j"}, columns, WorkerScope::lane, {},
                              [&](const std::vector<Expr>& j, std::vector<Stmt>& inner) {
                                const Expr value =
                                    context.cast(type.dtype, access.read(node.b, {q, j[0]}, inner));
                                inner.push_back(context.make(Store{
                                    .buffer = b_row, .index = {j[0]}, .value = value, .mask = {}}));
                              }));

  Var i_var = context.make_var(Type{DType::i64}, "i");
  const Expr i = context.variable(i_var);
  std::vector<Stmt> row;
  Var a_var = context.make_var(type, "x");
  const Expr a_value = context.cast(type.dtype, access.read(node.a, {i, q}, row));
  row.push_back(context.make(Let{.var = a_var, .value = a_value}));
  row.push_back(access.tasks(
      {"j"}, columns, WorkerScope::lane, {},
      [&](const std::vector<Expr>& j, std::vector<Stmt>& inner) {
        const Expr x = context.variable(a_var);
        const Tile b_tile{.buffer = b_row, .site = {}, .slices = {{zero, b_row->shape[0]}}};
        const Expr b = access.read(b_tile, j, inner);
        const Expr sum = access.read(node.accumulator, {i, j[0]}, inner);
        const bool fused = is_floating(type.dtype) && target.has("fma");
        inner.push_back(
            access.write(node.accumulator, {i, j[0]},
                         fused ? context.call(Function::fma, {x, b, sum}) : sum + x * b));
      }));
  body.push_back(context.make(For{.var = i_var,
                                  .extent = rows,
                                  .loop = ForKind::unrolled,
                                  .body = context.block(std::move(row))}));
  const Stmt product = context.block(std::move(body));
  if (is_int(terms, 1)) return product;
  return context.make(For{.var = q_var, .extent = terms, .loop = ForKind::serial, .body = product});
}

}  // namespace hidet
