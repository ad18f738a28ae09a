#include "passes/fill_sites.h"

#include "ir/visit.h"

namespace hidet {

namespace {

class Filler : public Rewriter {
 public:
  explicit Filler(const SiteFills& fills) : fills_(fills) {}

 protected:
  Expr on_expr(Expr e) override {
    const auto* site = e.as<SiteRead>();
    const auto fill = site ? fills_.find(site->site) : fills_.end();
    if (fill == fills_.end()) return recurse(e);
    HIDET_ASSERT(fill->second.read, "site {} is no source of values", site->site);
    std::vector<Expr> index;
    for (Expr at : site->index) index.push_back(rewrite(at));
    const Expr value = fill->second.read(index, rewrite(site->value));
    HIDET_ASSERT(value.type() == site->type, "site {} of {} is filled with {}", site->site,
                 name_of(site->type.dtype), name_of(value.type().dtype));
    return value;
  }

  Stmt on_stmt(Stmt s) override {
    if (const auto* prefetch = s.as<Prefetch>(); prefetch && fills_.count(prefetch->site))
      return fill_prefetch(*prefetch);
    const auto* store = s.as<SiteStore>();
    const auto fill = store ? fills_.find(store->site) : fills_.end();
    if (fill == fills_.end()) return recurse(s);
    HIDET_ASSERT(fill->second.store, "site {} takes no values", store->site);
    std::vector<Expr> index;
    for (Expr at : store->index) index.push_back(rewrite(at));
    return fill->second.store(index, rewrite(store->value));
  }

 private:
  // What is computed where it is read has no line that could be fetched.
  Stmt fill_prefetch(const Prefetch& prefetch) {
    std::vector<Expr> index;
    for (Expr at : prefetch.index) index.push_back(rewrite(at));
    Expr value = fills_.at(prefetch.site).read(index, Expr());
    while (const auto* cast = value.as<Cast>()) value = cast->value;
    const auto* element = value.as<Element>();
    if (!element) return prefetch.context->block({});
    return prefetch.context->make(Prefetch{.buffer = element->buffer, .index = element->index});
  }

  const SiteFills& fills_;
};

bool names_site(const Tile& tile, const SiteFills& fills) {
  return fills.count(tile.site) != 0;
}

}  // namespace

Program fill_sites(const Program& program, const SiteFills& fills) {
  walk(program.body, [&](Stmt s) {
    bool used = false;
    if (const auto* n = s.as<Fill>()) used = names_site(n->tile, fills);
    if (const auto* n = s.as<Copy>())
      used = names_site(n->target, fills) || names_site(n->source, fills);
    if (const auto* n = s.as<Mma>()) used = names_site(n->a, fills) || names_site(n->b, fills);
    HIDET_ASSERT(!used, "a tile statement still uses a site");
  });
  Program result = program;
  result.body = Filler(fills).rewrite(program.body);
  std::erase_if(result.sites, [&](const Site& site) { return fills.count(site.name) != 0; });
  return result;
}

}  // namespace hidet
