#include "ir/context.h"

#include <bit>

#include "ir/function.h"

namespace hidet {

namespace {

uint64_t mix(uint64_t seed, uint64_t value) {
  uint64_t x = seed ^ (value + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2));
  x ^= x >> 31;
  x *= 0xbf58476d1ce4e5b9ull;
  return x ^ (x >> 29);
}

uint64_t hash_of(uint64_t bits) {
  return bits;
}
uint64_t hash_of(Function f) {
  return static_cast<uint64_t>(f);
}
uint64_t hash_of(Var var) {
  return var->id;
}
uint64_t hash_of(Buffer buffer) {
  return buffer->id;
}
uint64_t hash_of(Expr e) {
  return e ? e->hash : 0;
}
uint64_t hash_of(const std::string& text) {
  uint64_t h = 14695981039346656037ull;
  for (char c : text) h = (h ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  return h;
}
uint64_t hash_of(const std::vector<Expr>& list) {
  uint64_t h = list.size();
  for (Expr e : list) h = mix(h, hash_of(e));
  return h;
}

// One rounding to f32, as the processor converts; that to 16 bits follows.
template <class Integer>
double from_integer(DType to, Integer value) {
  return to == DType::f64 ? static_cast<double>(value)
                          : static_cast<double>(static_cast<float>(value));
}

template <class Node>
uint64_t hash_node(const Node& node) {
  uint64_t h = mix(static_cast<uint64_t>(node.kind),
                   static_cast<uint64_t>(node.type.dtype) * 4096 + node.type.lanes);
  std::apply([&](auto... f) { ((h = mix(h, hash_of(node.*f.member))), ...); }, Node::fields());
  return h;
}

template <class Node>
bool same_node(const Node& a, const Node& b) {
  if (a.type != b.type) return false;
  return std::apply([&](auto... f) { return ((a.*f.member == b.*f.member) && ...); },
                    Node::fields());
}

}  // namespace

Context::Context() = default;
Context::~Context() = default;

template <class Node>
Expr Context::intern(Node node) {
  node.kind = Node::kKind;
  node.context = this;
  node.hash = hash_node(node);
  auto [first, last] = table_.equal_range(node.hash);
  for (auto it = first; it != last; ++it)
    if (it->second->kind == Node::kKind && same_node(static_cast<const Node&>(*it->second), node))
      return Expr(it->second);
  node.id = static_cast<uint32_t>(expressions_.size());
  uint64_t hash = node.hash;
  auto owned = std::make_unique<Holder<Node>>(std::move(node));
  const ExprNode* pointer = &owned->node;
  expressions_.push_back(std::move(owned));
  table_.emplace(hash, pointer);
  return Expr(pointer);
}

Expr Context::constant(Type type, int64_t value) {
  if (is_floating(type.dtype)) return constant(type, from_integer(type.dtype, value));
  if (type.lanes != 1) return broadcast(constant(type.scalar(), value), type.lanes);
  Constant node;
  node.type = type;
  node.bits = static_cast<uint64_t>(wrap_integer(type.dtype, value));
  return intern(std::move(node));
}

Expr Context::constant(Type type, double value) {
  if (!is_floating(type.dtype)) return constant(type, static_cast<int64_t>(value));
  if (type.lanes != 1) return broadcast(constant(type.scalar(), value), type.lanes);
  Constant node;
  node.type = type;
  node.bits = std::bit_cast<uint64_t>(round_float(type.dtype, value));
  return intern(std::move(node));
}

double Constant::as_float() const {
  return is_floating(type.dtype) ? std::bit_cast<double>(bits) : static_cast<double>(as_int());
}

Expr Context::variable(Var var) {
  Variable node;
  node.type = var->type;
  node.var = var;
  return intern(std::move(node));
}

Expr Context::call(Function function, std::vector<Expr> args) {
  HIDET_ASSERT(static_cast<int>(args.size()) == arity_of(function), "{} takes {} operands, not {}",
               name_of(function), arity_of(function), args.size());
  int lanes = 1;
  for (Expr e : args) lanes = std::max(lanes, e.type().lanes);
  for (Expr& e : args)
    if (e.type().lanes != lanes) e = broadcast(e, lanes);
  size_t first = function == Function::where ? 1 : 0;
  bool shift = function == Function::shift_left || function == Function::shift_right;
  HIDET_ASSERT(first == 0 || args[0].type().dtype == DType::b8, "where's condition is {}",
               name_of(args[0].type().dtype));
  for (size_t i = first + 1; i < args.size() && !shift; i++)
    HIDET_ASSERT(args[i].type() == args[first].type(), "{} of {} and {}", name_of(function),
                 name_of(args[first].type().dtype), name_of(args[i].type().dtype));
  if (Expr folded = fold_call(function, args)) return folded;
  Call node;
  node.type = result_type(function, args);
  node.function = function;
  node.args = std::move(args);
  return intern(std::move(node));
}

// Integer constants fold; the units and zeros of integer arithmetic vanish. Nothing else: the
// simplifier (arith/) does the rest, with ranges.
Expr Context::fold_call(Function function, const std::vector<Expr>& args) {
  if (function == Function::where) {
    if (auto condition = as_int(args[0])) return *condition ? args[1] : args[2];
    return args[1] == args[2] ? args[1] : Expr();
  }
  Type type = args[0].type();
  if (type.is_vector() || is_floating(type.dtype)) return {};
  std::vector<int64_t> values;
  for (Expr e : args)
    if (auto value = as_int(e)) values.push_back(*value);
  if (values.size() == args.size()) {
    auto value = evaluate_integer(function, type.dtype, values);
    return value ? constant(result_type(function, args), *value) : Expr();
  }
  if (args.size() != 2) return {};
  Expr a = args[0], b = args[1];
  bool zero_a = is_int(a, 0), zero_b = is_int(b, 0), one_b = is_int(b, 1);
  switch (function) {
    case Function::add:
      return zero_a ? b : zero_b ? a : Expr();
    case Function::sub:
      return zero_b ? a : a == b ? constant(type, int64_t{0}) : Expr();
    case Function::mul:
      if (zero_a || one_b) return a;
      if (zero_b || is_int(a, 1)) return b;
      return {};
    case Function::floordiv:
    case Function::truncdiv:
      return one_b ? a : zero_a ? a : Expr();
    case Function::mod:
      return one_b ? constant(type, int64_t{0}) : zero_a ? a : Expr();
    case Function::logical_and: {
      if (auto v = as_int(a)) return *v ? b : a;
      if (auto v = as_int(b)) return *v ? a : b;
      return a == b ? a : Expr();
    }
    case Function::logical_or: {
      if (auto v = as_int(a)) return *v ? a : b;
      if (auto v = as_int(b)) return *v ? b : a;
      return a == b ? a : Expr();
    }
    case Function::le:
    case Function::ge:
    case Function::eq:
      return a == b ? boolean(true) : Expr();
    case Function::lt:
    case Function::gt:
    case Function::ne:
      return a == b ? boolean(false) : Expr();
    default:
      return {};
  }
}

Expr Context::cast(DType to, Expr value) {
  Type type = value.type();
  if (type.dtype == to) return value;
  if (const auto* c = value.as<Constant>()) {
    if (is_floating(to)) {
      // To 16 bits by way of f32, as PyTorch's conversions go.
      if (is_floating(type.dtype) && bits_of(to) == 16)
        return constant(Type{to}, round_float(DType::f32, c->as_float()));
      if (is_floating(type.dtype)) return constant(Type{to}, c->as_float());
      if (type.dtype == DType::u64) return constant(Type{to}, from_integer(to, c->bits));
      return constant(Type{to}, c->as_int());
    }
    if (!is_floating(type.dtype))
      return to == DType::b8 ? boolean(c->as_int() != 0) : constant(Type{to}, c->as_int());
  }
  if (const auto* b = value.as<Broadcast>()) return broadcast(cast(to, b->value), type.lanes);
  Cast node;
  node.type = type.with_dtype(to);
  node.value = value;
  return intern(std::move(node));
}

Expr Context::ramp(Expr base, Expr stride, int lanes) {
  HIDET_ASSERT(base.type() == stride.type() && !base.type().is_vector(), "ramp of vectors");
  if (lanes == 1) return base;
  if (is_int(stride, 0)) return broadcast(base, lanes);
  Ramp node;
  node.type = base.type().with_lanes(lanes);
  node.base = base;
  node.stride = stride;
  return intern(std::move(node));
}

Expr Context::broadcast(Expr value, int lanes) {
  if (lanes == value.type().lanes) return value;
  HIDET_ASSERT(!value.type().is_vector(), "broadcast of {} lanes to {}", value.type().lanes, lanes);
  Broadcast node;
  node.type = value.type().with_lanes(lanes);
  node.value = value;
  return intern(std::move(node));
}

Expr Context::element(Buffer buffer, std::vector<Expr> index) {
  int lanes = buffer->type.lanes;
  for (Expr e : index) lanes = std::max(lanes, e.type().lanes);
  Element node;
  node.type = buffer->type.with_lanes(lanes);
  node.buffer = buffer;
  node.index = std::move(index);
  return intern(std::move(node));
}

Expr Context::site_read(std::string site, Type type, std::vector<Expr> index, Expr value) {
  SiteRead node;
  node.type = type;
  node.site = std::move(site);
  node.index = std::move(index);
  node.value = value;
  return intern(std::move(node));
}

Var Context::make_var(Type type, std::string name) {
  vars_.push_back({static_cast<uint32_t>(vars_.size()), type, std::move(name)});
  return &vars_.back();
}

Buffer Context::make_buffer(BufferInfo info) {
  info.id = static_cast<uint32_t>(buffers_.size());
  buffers_.push_back(std::move(info));
  return &buffers_.back();
}

Stmt Context::block(std::vector<Stmt> body) {
  std::vector<Stmt> flat;
  for (Stmt s : body) {
    if (!s) continue;
    if (const auto* inner = s.as<Block>())
      flat.insert(flat.end(), inner->body.begin(), inner->body.end());
    else
      flat.push_back(s);
  }
  if (flat.size() == 1) return flat[0];
  Block node;
  node.body = std::move(flat);
  return make(std::move(node));
}

}  // namespace hidet
