#include <map>

#include "ir/verifier.h"
#include "ir/visit.h"
#include "ir/words.h"
#include "target/mma_atom.h"

namespace hidet {

namespace {

struct Interval {
  int64_t low, high;  // inclusive
};

// Bounds of an expression of loop variables and constants; absent where there are none.
class Bounds {
 public:
  void bind(Var var, Expr extent) {
    if (auto count = as_int(extent); count && *count > 0) vars_[var->id] = {0, *count - 1};
  }
  std::optional<Interval> of(Expr e) const {
    if (auto value = as_int(e)) return Interval{*value, *value};
    if (const auto* n = e.as<Variable>()) {
      const auto it = vars_.find(n->var->id);
      return it == vars_.end() ? std::nullopt : std::optional(it->second);
    }
    const auto* n = e.as<Call>();
    if (!n || n->args.size() != 2) return std::nullopt;
    const auto right = as_int(n->args[1]);
    const auto a = of(n->args[0]), b = of(n->args[1]);
    if (n->function == Function::mod && right && *right > 0) return Interval{0, *right - 1};
    if (!a || !b || a->low < 0 || b->low < 0 || a->high > kLarge || b->high > kLarge)
      return std::nullopt;
    switch (n->function) {
      case Function::add:
        return Interval{a->low + b->low, a->high + b->high};
      case Function::sub:
        return Interval{a->low - b->high, a->high - b->low};
      case Function::mul:
        return Interval{a->low * b->low, a->high * b->high};
      case Function::floordiv:
        if (b->low == 0) return std::nullopt;
        return Interval{a->low / b->high, a->high / b->low};
      default:
        return std::nullopt;
    }
  }

 private:
  static constexpr int64_t kLarge = int64_t{1} << 30;
  std::map<uint32_t, Interval> vars_;
};

class TileChecker {
 public:
  TileChecker(const Program& program, Problems& problems)
      : program_(program), problems_(problems) {}

  void run(Stmt root) {
    walk(root, [&](Stmt s) {
      if (const auto* n = s.as<For>()) bounds_.bind(n->var, n->extent);
      if (const auto* n = s.as<Fill>()) tile(s, n->tile, true);
      if (const auto* n = s.as<Copy>()) copy(s, *n);
      if (const auto* n = s.as<Reduce>()) reduce(s, *n);
      if (const auto* n = s.as<Mma>()) mma(s, *n);
    });
  }

 private:
  static std::vector<Expr> shape(const Tile& tile) {
    std::vector<Expr> result;
    for (const Slice& slice : tile.slices)
      if (slice.extent) result.push_back(slice.extent);
    if (tile.transposed && result.size() >= 2)
      std::swap(result[result.size() - 1], result[result.size() - 2]);
    return result;
  }
  // Sizes that are no constants are taken to agree.
  static bool differ(Expr a, Expr b) {
    const auto x = as_int(a), y = as_int(b);
    return x && y && *x != *y;
  }
  static bool differ(const std::vector<Expr>& a, const std::vector<Expr>& b) {
    if (a.size() != b.size()) return true;
    for (size_t i = 0; i < a.size(); ++i)
      if (differ(a[i], b[i])) return true;
    return false;
  }

  bool tile(Stmt s, const Tile& t, bool written) {
    const Site* site = t.buffer ? nullptr : find_site(program_, t.site);
    if (!problems_.require(t.buffer || site, s, hidet::format("there is no site {}", t.site)))
      return false;
    const std::string& name = t.buffer ? t.buffer->name : t.site;
    const std::vector<Expr>& extents = t.buffer ? t.buffer->shape : site->shape;
    if (!problems_.require(
            extents.size() == t.slices.size(), s,
            hidet::format("{} has {} axes, its tile {}", name, extents.size(), t.slices.size())))
      return false;
    if (site)
      problems_.require(site->kind == (written ? SiteKind::store : SiteKind::read), s,
                        hidet::format("{} is a {} site", name, name_of(site->kind)));
    if (t.buffer && written)
      problems_.require(t.buffer->scope != Scope::constant, s, name + " is written by nothing");
    if (t.buffer) problems_.require(t.buffer->scope != Scope::barrier, s, name + " is a barrier");
    problems_.require(!t.transposed || shape(t).size() >= 2, s, "a transposed tile has two axes");
    for (size_t axis = 0; axis < extents.size(); ++axis) {
      const Slice& slice = t.slices[axis];
      const bool integers = is_integer(slice.start.type().dtype) &&
                            (!slice.extent || is_integer(slice.extent.type().dtype));
      if (!problems_.require(integers, s, "the slices of a tile are integers")) return false;
      const auto start = bounds_.of(slice.start);
      const auto count = slice.extent ? as_int(slice.extent) : std::optional<int64_t>(1);
      const auto room = as_int(extents[axis]);
      if (t.buffer && start && count && room)
        problems_.require(start->low >= 0 && start->high + *count <= *room, s,
                          hidet::format("the tile reaches past axis {} of {}, of {} elements", axis,
                                        name, *room));
    }
    return true;
  }

  DType dtype(const Tile& t) const {
    return t.buffer ? t.buffer->type.dtype : find_site(program_, t.site)->type.dtype;
  }
  static bool is_shared(const Tile& t) { return t.buffer && t.buffer->scope == Scope::shared; }

  void copy(Stmt s, const Copy& n) {
    if (!tile(s, n.target, true) || !tile(s, n.source, false)) return;
    problems_.require(!differ(shape(n.target), shape(n.source)), s,
                      "the tiles of a copy differ in shape");
    if (n.mapping) {
      problems_.require(!differ(n.mapping->task_shape(), shape(n.target)), s,
                        "the mapping of a copy has another shape");
      for (const Tile* t : {&n.target, &n.source})
        if (t->buffer && t->buffer->mapping && t->buffer->mapping->rank() == n.mapping->rank())
          problems_.require(
              *t->buffer->mapping == *n.mapping, s,
              hidet::format("{} lies in registers by another mapping", t->buffer->name));
    }
    const bool tma = n.transport == Transport::tma;
    problems_.require(tma == (n.signal != nullptr), s, "a copy by TMA signals a barrier");
    if (n.transport == Transport::direct) return;
    problems_.require(sm_number(program_.target) >= (tma ? 90 : 80), s,
                      hidet::format("{} has no {}", program_.target, name_of(n.transport)));
    const bool from_global = !n.source.buffer || n.source.buffer->scope == Scope::global ||
                             n.source.buffer->scope == Scope::constant;
    problems_.require(is_shared(n.target) && from_global, s,
                      "an asynchronous copy goes from global to shared memory");
    problems_.require(dtype(n.target) == dtype(n.source), s,
                      "an asynchronous copy converts nothing");
  }

  void reduce(Stmt s, const Reduce& n) {
    if (!tile(s, n.target, true) || !tile(s, n.source, false)) return;
    std::vector<Expr> left = shape(n.source);
    if (!problems_.require(n.axis >= 0 && n.axis < static_cast<int>(left.size()), s,
                           "the axis of the reduction is not there"))
      return;
    left.erase(left.begin() + n.axis);
    problems_.require(!differ(left, shape(n.target)), s,
                      "the target of a reduction has the source's shape without the axis");
  }

  void mma(Stmt s, const Mma& n) {
    if (!tile(s, n.accumulator, true) || !tile(s, n.a, false) || !tile(s, n.b, false)) return;
    const auto sum = shape(n.accumulator), a = shape(n.a), b = shape(n.b);
    if (!problems_.require(sum.size() == 2 && a.size() == 2 && b.size() == 2, s,
                           "the tiles of a product have two axes"))
      return;
    const bool fits = !differ(a[0], sum[0]) && !differ(b[1], sum[1]) && !differ(a[1], b[0]);
    if (problems_.require(fits, s, "the tiles of a product do not fit"))
      verify_mma(s, n, program_, problems_);
  }

  const Program& program_;
  Problems& problems_;
  Bounds bounds_;
};

}  // namespace

void verify_tiles(const Program& program, Problems& problems) {
  TileChecker(program, problems).run(program.body);
}

}  // namespace hidet
