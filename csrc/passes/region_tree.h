// RegionTree: the statement lists of a program and how they nest.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "arith/analyzer.h"
#include "ir/visit.h"

namespace hidet {

enum class RegionKind { root, loop, branch, outline };

// One list of statements: a body of a loop, a branch, an outline, or of the program.
struct Region {
  int parent = -1;
  int position = 0;  // of the statement in the parent's list whose body this is
  int depth = 0;
  RegionKind kind = RegionKind::root;
  bool runs = true;  // whenever the statement is reached: no branch, a loop of at least one turn
  std::vector<Stmt> list;
  std::map<std::pair<int, int>, int> nested;  // (position, which body) -> region
};

// A place: before the statement at `position` of a region's list.
struct Place {
  int region = 0;
  int position = 0;
  auto operator<=>(const Place&) const = default;  // NOLINT(modernize-use-nullptr)
};

class RegionTree {
 public:
  explicit RegionTree(const Program& program);

  const Region& region(int index) const { return regions_[static_cast<size_t>(index)]; }
  int size() const { return static_cast<int>(regions_.size()); }
  // The place in `ancestor` from which `place` is reached; `ancestor` encloses place.region.
  Place lift(Place place, int ancestor) const;
  // The innermost region that encloses both.
  int common(int a, int b) const;
  // Where a variable is bound: the outermost region in which it can be seen.
  int bound_in(Var var) const;

  // The number of statement bodies that belong to s itself: For 1, If up to 2, Outline 1.
  static std::vector<Stmt> bodies(Stmt s);

 private:
  int add(Stmt body, int parent, int position, RegionKind kind, bool runs, Analyzer& analyzer);

  std::vector<Region> regions_;
  std::unordered_map<Var, int> bound_in_;
};

}  // namespace hidet
