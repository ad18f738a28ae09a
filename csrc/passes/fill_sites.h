// fill_sites: post-scheduling fusion. The sites of a template get their meaning.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ir/context.h"

namespace hidet {

// What a site means. One of the two is given.
struct SiteFill {
  // Read, map and rowwise sites. `value`: what a map site transforms, null for a read site. It must
  // be a value wherever index lies inside of the site's shape.
  std::function<Expr(const std::vector<Expr>& index, Expr value)> read;
  // Store sites.
  std::function<Stmt(const std::vector<Expr>& index, Expr value)> store;
};
using SiteFills = std::map<std::string, SiteFill>;

// Replaces each use of the sites that `fills` names, in reads and stores of single elements; tile
// statements are lowered first (passes/lower_tiles.h). The program keeps the sites that are not
// named.
Program fill_sites(const Program& program, const SiteFills& fills);

}  // namespace hidet
