#include "ir/equal.h"

#include "ir/visit.h"

namespace hidet {

namespace {

// A block as the list of what is in it; null is the empty list.
std::vector<Stmt> flat(Stmt s) {
  if (!s) return {};
  const auto* block = s.as<Block>();
  if (!block) return {s};
  std::vector<Stmt> result;
  for (Stmt item : block->body) {
    const std::vector<Stmt> inner = flat(item);
    result.insert(result.end(), inner.begin(), inner.end());
  }
  return result;
}

// Extents of factors whose number of workers follows from their shape.
bool derives_workers(FactorKind kind) {
  return kind == FactorKind::spatial || kind == FactorKind::repeat;
}

// Walks two programs side by side.
class Matcher {
 public:
  template <class T>
    requires(std::is_enum_v<T> || std::is_arithmetic_v<T> || std::is_same_v<T, std::string>)
  bool operator()(const T& a, const T& b) {
    return a == b;
  }
  bool operator()(Var a, Var b) {
    if (!a || !b) return a == b;
    return a->type == b->type && paired(a->id, b->id, vars_, vars_back_);
  }
  bool operator()(Buffer a, Buffer b) {
    if (!a || !b) return a == b;
    if (auto it = buffers_.find(a->id); it != buffers_.end()) return it->second == b->id;
    if (!paired(a->id, b->id, buffers_, buffers_back_)) return false;
    return a->scope == b->scope && a->type == b->type && (*this)(a->shape, b->shape) &&
           (*this)(a->layout, b->layout) && (*this)(a->mapping, b->mapping) &&
           a->arrivals == b->arrivals && a->alignment == b->alignment;
  }
  bool operator()(Expr a, Expr b) {
    if (!a || !b) return a == b;
    if (a.kind() != b.kind() || a.type() != b.type()) return false;
    if (auto it = same_.find(a.get()); it != same_.end() && it->second == b.get()) return true;
    const bool result = dispatch(a, [&](const auto& node) {
      using Node = std::decay_t<decltype(node)>;
      return fields(node, static_cast<const Node&>(*b.get()));
    });
    if (result) same_[a.get()] = b.get();
    return result;
  }
  bool operator()(Stmt a, Stmt b) {
    const std::vector<Stmt> left = flat(a), right = flat(b);
    if (left.size() != right.size()) return false;
    for (size_t i = 0; i < left.size(); ++i) {
      if (left[i].kind() != right[i].kind()) return false;
      const bool result = dispatch(left[i], [&](const auto& node) {
        using Node = std::decay_t<decltype(node)>;
        return fields(node, static_cast<const Node&>(*right[i].get()));
      });
      if (!result) return false;
    }
    return true;
  }
  bool operator()(const Slice& a, const Slice& b) {
    return (*this)(a.start, b.start) && (*this)(a.extent, b.extent);
  }
  bool operator()(const Address& a, const Address& b) {
    return (*this)(a.buffer, b.buffer) && (*this)(a.index, b.index);
  }
  bool operator()(const Tile& a, const Tile& b) {
    return (*this)(a.buffer, b.buffer) && a.site == b.site && a.transposed == b.transposed &&
           (*this)(a.slices, b.slices);
  }
  bool operator()(const Factor<Expr>& a, const Factor<Expr>& b) {
    return a.kind == b.kind && a.order == b.order && a.name == b.name &&
           (*this)(a.shape, b.shape) && (derives_workers(a.kind) || (*this)(a.workers, b.workers));
  }
  bool operator()(const Mapping& a, const Mapping& b) {
    return a.rank() == b.rank() && (*this)(a.factors(), b.factors());
  }
  bool operator()(const Mode<Expr>& a, const Mode<Expr>& b) {
    return (*this)(a.extent, b.extent) && (*this)(a.stride, b.stride);
  }
  bool operator()(const Layout<Expr>& a, const Layout<Expr>& b) {
    if (!(a.swizzle() == b.swizzle()) || !(*this)(a.shape(), b.shape())) return false;
    for (int axis = 0; axis < a.rank(); ++axis)
      if (!(*this)(a.modes(axis), b.modes(axis))) return false;
    return (*this)(a.base_offset(), b.base_offset());
  }
  bool operator()(const Role& a, const Role& b) {
    return a.name == b.name && a.first == b.first && a.last == b.last &&
           a.registers == b.registers && (*this)(a.body, b.body);
  }
  bool operator()(const SizeParam& a, const SizeParam& b) {
    return (*this)(a.var, b.var) && a.facts.lower == b.facts.lower &&
           a.facts.upper == b.facts.upper && a.facts.divisor == b.facts.divisor;
  }
  bool operator()(const Site& a, const Site& b) {
    return a.kind == b.kind && a.name == b.name && a.type == b.type && (*this)(a.shape, b.shape);
  }
  template <class T>
  bool operator()(const std::optional<T>& a, const std::optional<T>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return (*this)(*a, *b);
  }
  template <class T>
  bool operator()(const std::vector<T>& a, const std::vector<T>& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
      if (!(*this)(a[i], b[i])) return false;
    return true;
  }

 private:
  using Pairs = std::unordered_map<uint32_t, uint32_t>;

  template <class Node>
  bool fields(const Node& a, const Node& b) {
    return std::apply([&](auto... f) { return ((*this)(a.*f.member, b.*f.member) && ...); },
                      Node::fields());
  }
  // One to one, by first occurrence.
  static bool paired(uint32_t a, uint32_t b, Pairs& there, Pairs& back) {
    const auto [to, new_a] = there.emplace(a, b);
    const auto [from, new_b] = back.emplace(b, a);
    return to->second == b && from->second == a;
  }

  Pairs vars_, vars_back_, buffers_, buffers_back_;
  std::unordered_map<const ExprNode*, const ExprNode*> same_;
};

// Hashes what Matcher compares; variables and buffers are numbered as they occur.
class Hasher {
 public:
  uint64_t result() const { return state_; }

  template <class T>
    requires(std::is_enum_v<T> || std::is_arithmetic_v<T>)
  void operator()(const T& value) {
    mix(static_cast<uint64_t>(value));
  }
  void operator()(const std::string& text) {
    mix(text.size());
    for (char c : text) mix(static_cast<uint8_t>(c));
  }
  void operator()(Type type) {
    mix(static_cast<uint64_t>(type.dtype));
    mix(static_cast<uint64_t>(type.lanes));
  }
  void operator()(Var var) {
    if (!var) return mix(0);
    (*this)(var->type);
    mix(vars_.emplace(var->id, vars_.size()).first->second);
  }
  void operator()(Buffer buffer) {
    if (!buffer) return mix(0);
    const auto [it, first] = buffers_.emplace(buffer->id, buffers_.size());
    mix(it->second);
    if (!first) return;
    (*this)(buffer->scope);
    (*this)(buffer->type);
    (*this)(buffer->shape);
    if (buffer->mapping) (*this)(*buffer->mapping);
    mix(static_cast<uint64_t>(buffer->arrivals));
  }
  void operator()(Expr e) {
    if (!e) return mix(0);
    if (auto it = seen_.find(e.get()); it != seen_.end()) return mix(it->second);
    mix(static_cast<uint64_t>(e.kind()));
    (*this)(e.type());
    dispatch(e, [&](const auto& node) { fields(node); });
    seen_.emplace(e.get(), seen_.size());
  }
  void operator()(Stmt s) {
    const std::vector<Stmt> list = flat(s);
    mix(list.size());
    for (Stmt item : list) {
      mix(static_cast<uint64_t>(item.kind()));
      dispatch(item, [&](const auto& node) { fields(node); });
    }
  }
  void operator()(const Address& place) {
    (*this)(place.buffer);
    (*this)(place.index);
  }
  void operator()(const Tile& tile) {
    (*this)(tile.buffer);
    (*this)(tile.site);
    (*this)(tile.transposed);
    for (const Slice& slice : tile.slices) {
      (*this)(slice.start);
      (*this)(slice.extent);
    }
  }
  void operator()(const Mapping& mapping) {
    mix(static_cast<uint64_t>(mapping.rank()));
    for (const Factor<Expr>& factor : mapping.factors()) {
      (*this)(factor.kind);
      (*this)(factor.name);
      (*this)(factor.shape);
      (*this)(factor.order);
      if (!derives_workers(factor.kind)) (*this)(factor.workers);
    }
  }
  void operator()(const std::optional<Mapping>& mapping) {
    if (mapping) (*this)(*mapping);
  }
  void operator()(const Role& role) {
    (*this)(role.name);
    (*this)(role.first);
    (*this)(role.last);
    (*this)(role.body);
  }
  template <class T>
  void operator()(const std::vector<T>& list) {
    mix(list.size());
    for (const T& item : list) (*this)(item);
  }

 private:
  template <class Node>
  void fields(const Node& node) {
    std::apply([&](auto... f) { ((*this)(node.*f.member), ...); }, Node::fields());
  }
  void mix(uint64_t value) {
    state_ ^= value + 0x9e3779b97f4a7c15ull + (state_ << 6) + (state_ >> 2);
    state_ *= 0xbf58476d1ce4e5b9ull;
    state_ ^= state_ >> 31;
  }

  uint64_t state_ = 0;
  std::unordered_map<uint32_t, uint64_t> vars_, buffers_;
  std::unordered_map<const ExprNode*, uint64_t> seen_;
};

}  // namespace

bool equal(const Program& a, const Program& b) {
  Matcher match;
  return a.name == b.name && a.target == b.target && a.level == b.level && a.threads == b.threads &&
         match(a.sizes, b.sizes) && match(a.buffers, b.buffers) && match(a.sites, b.sites) &&
         match(a.grid, b.grid) && match(a.body, b.body);
}
bool equal(Expr a, Expr b) {
  return Matcher()(a, b);
}
bool equal(Stmt a, Stmt b) {
  return Matcher()(a, b);
}

uint64_t hash_of(const Program& program) {
  Hasher hash;
  hash(program.name);
  hash(program.target);
  hash(program.level);
  hash(program.threads);
  for (const SizeParam& size : program.sizes) hash(size.var);
  hash(program.buffers);
  for (const Site& site : program.sites) {
    hash(site.kind);
    hash(site.name);
    hash(site.type);
    hash(site.shape);
  }
  hash(program.grid);
  hash(program.body);
  return hash.result();
}
uint64_t hash_of(Stmt s) {
  Hasher hash;
  hash(s);
  return hash.result();
}

}  // namespace hidet
