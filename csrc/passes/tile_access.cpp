#include "passes/tile_access.h"

namespace hidet {

std::vector<int> TileAccess::kept_axes(const Tile& tile) {
  std::vector<int> axes;
  for (size_t axis = 0; axis < tile.slices.size(); ++axis)
    if (tile.slices[axis].extent) axes.push_back(static_cast<int>(axis));
  if (tile.transposed) std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return axes;
}

std::vector<Expr> TileAccess::extents(const Tile& tile) {
  std::vector<Expr> result;
  for (int axis : kept_axes(tile)) result.push_back(tile.slices[axis].extent);
  return result;
}

const Site& TileAccess::site(const std::string& name) const {
  for (const Site& site : program_.sites)
    if (site.name == name) return site;
  HIDET_UNREACHABLE("program {} has no site '{}'", program_.name, name);
}

Type TileAccess::type(const Tile& tile) const {
  return tile.buffer ? tile.buffer->type : site(tile.site).type;
}

std::vector<Expr> TileAccess::index(const Tile& tile, const std::vector<Expr>& element) const {
  std::vector<Expr> result;
  for (const Slice& slice : tile.slices) result.push_back(slice.start);
  const std::vector<int> axes = kept_axes(tile);
  HIDET_ASSERT(axes.size() == element.size(), "{} indices for a tile of rank {}", element.size(),
               axes.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    Expr& at = result[static_cast<size_t>(axes[i])];
    at = is_int(at, 0) ? element[i] : at + element[i];
  }
  return result;
}

Expr TileAccess::read(const Tile& tile, const std::vector<Expr>& element,
                      std::vector<Stmt>& before) const {
  const std::vector<Expr> at = index(tile, element);
  if (!tile.buffer) return context_.site_read(tile.site, type(tile), at);
  if (tile.buffer->scope == Scope::constant) return context_.element(tile.buffer, at);
  int lanes = 1;
  for (Expr e : at) lanes = std::max(lanes, e.type().lanes);
  Var var = context_.make_var(tile.buffer->type.with_lanes(lanes), tile.buffer->name);
  before.push_back(context_.make(
      Load{.var = var, .buffer = tile.buffer, .index = at, .mask = {}, .otherwise = {}}));
  return context_.variable(var);
}

Expr TileAccess::read_or_zero(const Tile& tile, const std::vector<Expr>& element,
                              std::vector<Stmt>& before) const {
  const Expr value = read(tile, element, before);
  if (tile.buffer) return value;
  const Site& source = site(tile.site);
  const std::vector<Expr> at = index(tile, element);
  Expr inside = context_.boolean(true);
  for (int axis : kept_axes(tile)) inside = inside && at[axis] < source.shape[axis];
  return context_.call(Function::where,
                       {inside, value, context_.constant(value.type(), int64_t{0})});
}

Stmt TileAccess::write(const Tile& tile, const std::vector<Expr>& element, Expr value) const {
  const DType dtype = type(tile).dtype;
  if (value.type().dtype != dtype) value = context_.cast(dtype, value);
  const std::vector<Expr> at = index(tile, element);
  if (!tile.buffer) {
    SiteStore store;
    store.site = tile.site;
    store.index = at;
    store.value = value;
    return context_.make(std::move(store));
  }
  return context_.make(Store{.buffer = tile.buffer, .index = at, .value = value, .mask = {}});
}

std::vector<Expr> TileAccess::inside(const Tile& tile) const {
  std::vector<Expr> result;
  for (int axis : kept_axes(tile)) {
    const Slice& slice = tile.slices[static_cast<size_t>(axis)];
    Expr extent = slice.extent;
    if (!tile.buffer) {
      const Expr room = site(tile.site).shape[static_cast<size_t>(axis)] - slice.start;
      extent = room == extent ? extent : context_.call(Function::min, {extent, room});
    }
    result.push_back(extent);
  }
  return result;
}

Stmt TileAccess::tasks(
    const std::vector<std::string>& names, const Mapping& mapping, WorkerScope scope,
    std::vector<Expr> covers,
    const std::function<void(const std::vector<Expr>&, std::vector<Stmt>&)>& body) const {
  ForTask loop;
  loop.scope = scope;
  loop.mapping = mapping;
  loop.covers = std::move(covers);
  std::vector<Expr> task;
  for (int axis = 0; axis < mapping.rank(); ++axis) {
    loop.vars.push_back(context_.make_var(Type{DType::i64}, names[static_cast<size_t>(axis)]));
    task.push_back(context_.variable(loop.vars.back()));
  }
  std::vector<Stmt> statements;
  body(task, statements);
  loop.body = context_.block(std::move(statements));
  return context_.make(std::move(loop));
}

}  // namespace hidet
