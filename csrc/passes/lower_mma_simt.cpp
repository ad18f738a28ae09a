#include "passes/lower_mma_simt.h"

#include "passes/restrict_mapping.h"

namespace hidet {

namespace {

// Terms that are written one after the other rather than in a loop.
constexpr int64_t kUnrolledTerms = 16;

}  // namespace

Stmt lower_mma_simt(const Mma& node, const TileAccess& access) {
  Buffer tile = node.accumulator.buffer;
  HIDET_ASSERT(tile && tile->mapping && tile->mapping->rank() == 2,
               "the accumulator of a product is a register tile");
  HIDET_ASSERT(node.atom.empty(), "no instruction {}", node.atom);
  Context& context = *node.context;
  const Type type = tile->type;
  const Mapping rows = restrict_mapping(*tile->mapping, 0);
  const Mapping columns = restrict_mapping(*tile->mapping, 1);
  const Expr terms = TileAccess::extents(node.a)[1];

  const auto registers = [&](const char* name, const Mapping& mapping) {
    BufferInfo info;
    info.scope = Scope::registers;
    info.type = type;
    info.shape = mapping.task_shape();
    info.name = name;
    info.mapping = mapping;
    return context.make_buffer(std::move(info));
  };
  Buffer a_column = registers("a_column", rows), b_row = registers("b_row", columns);
  const auto whole = [&](Buffer buffer) {
    return Tile{.buffer = buffer, .site = {}, .slices = {{context.index(0), buffer->shape[0]}}};
  };

  Var q_var = context.make_var(Type{DType::i64}, "q");
  const Expr q = context.variable(q_var);
  std::vector<Stmt> body;
  body.push_back(context.make(Allocate{.buffer = a_column}));
  body.push_back(context.make(Allocate{.buffer = b_row}));
  body.push_back(access.tasks({"i"}, rows, WorkerScope::thread, {},
                              [&](const std::vector<Expr>& i, std::vector<Stmt>& inner) {
                                const Expr value = access.read(node.a, {i[0], q}, inner);
                                inner.push_back(access.write(whole(a_column), i, value));
                              }));
  body.push_back(access.tasks({"j"}, columns, WorkerScope::thread, {},
                              [&](const std::vector<Expr>& j, std::vector<Stmt>& inner) {
                                const Expr value = access.read(node.b, {q, j[0]}, inner);
                                inner.push_back(access.write(whole(b_row), j, value));
                              }));
  body.push_back(access.tasks({"i", "j"}, *tile->mapping, WorkerScope::thread, {},
                              [&](const std::vector<Expr>& at, std::vector<Stmt>& inner) {
                                const Expr x = access.read(whole(a_column), {at[0]}, inner);
                                const Expr y = access.read(whole(b_row), {at[1]}, inner);
                                const Expr sum = access.read(node.accumulator, at, inner);
                                const Expr next = is_floating(type.dtype)
                                                      ? context.call(Function::fma, {x, y, sum})
                                                      : sum + x * y;
                                inner.push_back(access.write(node.accumulator, at, next));
                              }));
  const auto count = as_int(terms);
  return context.make(
      For{.var = q_var,
          .extent = terms,
          .loop = count && *count <= kUnrolledTerms ? ForKind::unrolled : ForKind::serial,
          .body = context.block(std::move(body))});
}

}  // namespace hidet
