#include "passes/region_tree.h"

namespace hidet {

std::vector<Stmt> RegionTree::bodies(Stmt s) {
  std::vector<Stmt> result;
  for_each_child(s, [](Expr) {}, [&](Stmt child) { result.push_back(child); });
  return result;
}

RegionTree::RegionTree(const Program& program) {
  Analyzer analyzer(program);
  for (const SizeParam& size : program.sizes) bound_in_[size.var] = 0;
  add(program.body, -1, 0, RegionKind::root, true, analyzer);
}

int RegionTree::add(Stmt body, int parent, int position, RegionKind kind, bool runs,
                    Analyzer& analyzer) {
  const int index = size();
  Region region;
  region.parent = parent;
  region.position = position;
  region.depth = parent < 0 ? 0 : regions_[static_cast<size_t>(parent)].depth + 1;
  region.kind = kind;
  region.runs = runs;
  if (const auto* block = body.as<Block>()) {
    region.list = block->body;
  } else {
    region.list = {body};
  }
  const std::vector<Stmt> list = region.list;
  regions_.push_back(std::move(region));
  Analyzer::Scope scope(analyzer);
  for (size_t i = 0; i < list.size(); ++i) {
    const Stmt s = list[i];
    if (const auto* n = s.as<Let>()) {
      bound_in_[n->var] = index;
      if (is_integer(n->var->type.dtype)) analyzer.bind_value(n->var, n->value);
    }
    if (const auto* n = s.as<Load>()) bound_in_[n->var] = index;
    if (const auto* n = s.as<Exchange>()) bound_in_[n->var] = index;
    const std::vector<Stmt> inner = bodies(s);
    for (size_t which = 0; which < inner.size(); ++which) {
      Analyzer::Scope inner_scope(analyzer);
      RegionKind inner_kind = RegionKind::branch;
      bool inner_runs = false;
      if (const auto* n = s.as<For>()) {
        inner_kind = RegionKind::loop;
        inner_runs = analyzer.range(n->extent).lower >= 1;
        analyzer.bind(n->var, n->extent);
        bound_in_[n->var] = size();
      } else if (s.as<Outline>()) {
        inner_kind = RegionKind::outline;
        inner_runs = true;
      } else if (s.as<Block>()) {
        inner_kind = RegionKind::branch;
        inner_runs = true;
      }
      const int child =
          add(inner[which], index, static_cast<int>(i), inner_kind, inner_runs, analyzer);
      regions_[static_cast<size_t>(index)].nested[{static_cast<int>(i), static_cast<int>(which)}] =
          child;
    }
  }
  return index;
}

Place RegionTree::lift(Place place, int ancestor) const {
  while (place.region != ancestor) {
    const Region& at = region(place.region);
    HIDET_ASSERT(at.parent >= 0, "no ancestor");
    place = {at.parent, at.position};
  }
  return place;
}

int RegionTree::common(int a, int b) const {
  while (a != b) {
    if (region(a).depth >= region(b).depth) {
      a = region(a).parent;
    } else {
      b = region(b).parent;
    }
  }
  return a;
}

int RegionTree::bound_in(Var var) const {
  auto it = bound_in_.find(var);
  HIDET_ASSERT(it != bound_in_.end(), "variable {} is not bound", var->name);
  return it->second;
}

}  // namespace hidet
