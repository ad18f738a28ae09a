// Access to the elements of a tile: what every lowering of a tile statement needs.
#pragma once

#include <functional>
#include <vector>

#include "ir/context.h"

namespace hidet {

class TileAccess {
 public:
  explicit TileAccess(const Program& program) : program_(program), context_(*program.context) {}

  // The axes of the source that the tile keeps, in the tile's order.
  static std::vector<int> kept_axes(const Tile& tile);
  static std::vector<Expr> extents(const Tile& tile);
  Type type(const Tile& tile) const;
  // The index into the source of the tile's element.
  std::vector<Expr> index(const Tile& tile, const std::vector<Expr>& element) const;
  // The element's value; a read that is no expression is appended to `before`.
  Expr read(const Tile& tile, const std::vector<Expr>& element, std::vector<Stmt>& before) const;
  // The same, for a tile that may reach outside of its site, where it reads as zero.
  Expr read_or_zero(const Tile& tile, const std::vector<Expr>& element,
                    std::vector<Stmt>& before) const;
  Stmt write(const Tile& tile, const std::vector<Expr>& element, Expr value) const;
  // How many elements of each kept axis, from the tile's start, lie inside of the tile and its
  // site.
  std::vector<Expr> inside(const Tile& tile) const;

  // A loop over tasks with fresh variables.
  Stmt tasks(const std::vector<std::string>& names, const Mapping& mapping, WorkerScope scope,
             std::vector<Expr> covers,
             const std::function<void(const std::vector<Expr>&, std::vector<Stmt>&)>& body) const;

 private:
  const Site& site(const std::string& name) const;

  const Program& program_;
  Context& context_;
};

}  // namespace hidet
