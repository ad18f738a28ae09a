#include "ir/visit.h"

#include <type_traits>
#include <unordered_set>

namespace hidet {

namespace {

template <class T>
constexpr bool is_any_of_leaf =
    std::is_enum_v<T> || std::is_arithmetic_v<T> || std::is_same_v<T, std::string> ||
    std::is_same_v<T, Var> || std::is_same_v<T, std::vector<Var>> || std::is_same_v<T, Buffer>;

// One transformer for all field types: new value out of old. Expr and Stmt children go through the
// two functions; everything else is carried over.
struct Transform {
  const std::function<Expr(Expr)>& on_expr;
  const std::function<Stmt(Stmt)>& on_stmt;

  Expr operator()(Expr e) const { return e ? on_expr(e) : e; }
  Stmt operator()(Stmt s) const { return s ? on_stmt(s) : s; }
  template <class T>
  std::vector<T> list(const std::vector<T>& old) const {
    std::vector<T> result;
    result.reserve(old.size());
    for (const T& item : old) result.push_back((*this)(item));
    return result;
  }
  std::vector<Expr> operator()(const std::vector<Expr>& l) const { return list(l); }
  std::vector<Stmt> operator()(const std::vector<Stmt>& l) const { return list(l); }
  std::vector<Role> operator()(const std::vector<Role>& l) const { return list(l); }
  Role operator()(const Role& role) const {
    Role result = role;
    result.body = (*this)(role.body);
    return result;
  }
  std::vector<Address> operator()(const std::vector<Address>& l) const { return list(l); }
  Address operator()(const Address& place) const { return {place.buffer, (*this)(place.index)}; }
  Tile operator()(const Tile& tile) const {
    Tile result = tile;
    for (Slice& slice : result.slices) slice = {(*this)(slice.start), (*this)(slice.extent)};
    return result;
  }
  Mapping operator()(const Mapping& mapping) const {
    std::vector<Factor<Expr>> factors = mapping.factors();
    for (Factor<Expr>& factor : factors) {
      factor.shape = (*this)(factor.shape);
      factor.workers = (*this)(factor.workers);
    }
    return Mapping(std::move(factors), mapping.rank());
  }
  std::optional<Mapping> operator()(const std::optional<Mapping>& mapping) const {
    return mapping ? std::optional<Mapping>((*this)(*mapping)) : std::nullopt;
  }
  template <class T>
    requires is_any_of_leaf<T>
  T operator()(const T& leaf) const {
    return leaf;
  }
};

bool same(const Role& a, const Role& b) {
  return a.body == b.body;
}
template <class T>
bool same(const T& a, const T& b) {
  return a == b;
}
bool same(const std::vector<Role>& a, const std::vector<Role>& b) {
  for (size_t i = 0; i < a.size(); i++)
    if (!same(a[i], b[i])) return false;
  return true;
}

// Applies the transform to every field; true when one changed.
template <class Node>
bool apply(Node& node, const Transform& transform) {
  bool changed = false;
  auto one = [&](auto f) {
    auto value = transform(node.*f.member);
    if (!same(value, node.*f.member)) changed = true;
    node.*f.member = std::move(value);
  };
  std::apply([&](auto... f) { (one(f), ...); }, Node::fields());
  return changed;
}

Expr remake(const Constant&, Expr old) {
  return old;
}
Expr remake(const Variable&, Expr old) {
  return old;
}
Expr remake(const Call& n, Expr old) {
  return old.context().call(n.function, n.args);
}
Expr remake(const Cast& n, Expr old) {
  return old.context().cast(n.type.dtype, n.value);
}
Expr remake(const Ramp& n, Expr old) {
  return old.context().ramp(n.base, n.stride, n.type.lanes);
}
Expr remake(const Broadcast& n, Expr old) {
  return old.context().broadcast(n.value, n.type.lanes);
}
Expr remake(const Element& n, Expr old) {
  return old.context().element(n.buffer, n.index);
}
Expr remake(const SiteRead& n, Expr old) {
  return old.context().site_read(n.site, n.type, n.index, n.value);
}

class Substituter : public Rewriter {
 public:
  explicit Substituter(const Substitution& values) : values_(values) {}

 protected:
  Expr on_expr(Expr e) override {
    if (const auto* variable = e.as<Variable>()) {
      auto it = values_.find(variable->var);
      return it == values_.end() ? e : it->second;
    }
    return recurse(e);
  }

 private:
  const Substitution& values_;
};

}  // namespace

std::string_view name_of(ExprKind kind) {
  constexpr std::string_view names[] = {
#define HIDET_EXPR(Name) #Name,
#include "ir/nodes.def"
  };
  return names[static_cast<size_t>(kind)];
}
std::string_view name_of(StmtKind kind) {
  constexpr std::string_view names[] = {
#define HIDET_STMT(Name) #Name,
#include "ir/nodes.def"
  };
  return names[static_cast<size_t>(kind)];
}

Expr rebuild(Expr e, const std::function<Expr(Expr)>& f) {
  static const std::function<Stmt(Stmt)> none = [](Stmt s) { return s; };
  return dispatch(e, [&](const auto& node) {
    auto copy = node;
    return apply(copy, Transform{f, none}) ? remake(copy, e) : e;
  });
}

Stmt rebuild(Stmt s, const std::function<Expr(Expr)>& on_expr,
             const std::function<Stmt(Stmt)>& on_stmt) {
  return dispatch(s, [&](const auto& node) -> Stmt {
    auto copy = node;
    if (!apply(copy, Transform{on_expr, on_stmt})) return s;
    if constexpr (std::is_same_v<decltype(copy), Block>)
      return s.context().block(std::move(copy.body));
    else
      return s.context().make(std::move(copy));
  });
}

void for_each_child(Expr e, const std::function<void(Expr)>& f) {
  rebuild(e, [&](Expr child) {
    f(child);
    return child;
  });
}

void for_each_child(Stmt s, const std::function<void(Expr)>& on_expr,
                    const std::function<void(Stmt)>& on_stmt) {
  rebuild(
      s,
      [&](Expr child) {
        on_expr(child);
        return child;
      },
      [&](Stmt child) {
        on_stmt(child);
        return child;
      });
}

void walk(Expr e, const std::function<void(Expr)>& visit) {
  std::unordered_set<const ExprNode*> seen;
  std::function<void(Expr)> go = [&](Expr at) {
    if (!seen.insert(at.get()).second) return;
    visit(at);
    for_each_child(at, go);
  };
  if (e) go(e);
}

void walk(Stmt s, const std::function<void(Stmt)>& on_stmt,
          const std::function<void(Expr)>& on_root) {
  if (!s) return;
  on_stmt(s);
  for_each_child(
      s,
      [&](Expr e) {
        if (on_root) on_root(e);
      },
      [&](Stmt child) { walk(child, on_stmt, on_root); });
}

Expr Rewriter::rewrite(Expr e) {
  if (!e) return e;
  auto it = memo_.find(e.get());
  if (it != memo_.end()) return it->second;
  Expr result = on_expr(e);
  memo_.emplace(e.get(), result);
  return result;
}

Expr Rewriter::recurse(Expr e) {
  return rebuild(e, [this](Expr child) { return rewrite(child); });
}

Stmt Rewriter::recurse(Stmt s) {
  return rebuild(
      s, [this](Expr e) { return rewrite(e); }, [this](Stmt child) { return rewrite(child); });
}

Expr substitute(Expr e, const Substitution& values) {
  return Substituter(values).rewrite(e);
}
Stmt substitute(Stmt s, const Substitution& values) {
  return Substituter(values).rewrite(s);
}

bool uses(Expr e, Var var) {
  bool found = false;
  walk(e, [&](Expr at) {
    const auto* variable = at.as<Variable>();
    found = found || (variable && variable->var == var);
  });
  return found;
}

}  // namespace hidet
