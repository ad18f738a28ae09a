// Expressions: immutable, pure, interned in a Context, so that equality is a pointer compare.
// A read of memory that may change is no expression but a Load statement (ir/stmt.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "ir/type.h"
#include "mapping/task_mapping.h"

namespace hidet {

class Context;

enum class ExprKind : uint8_t {
#define HIDET_EXPR(Name) Name,
#include "ir/nodes.def"
};

enum class Function : uint8_t {
#define HIDET_FUNCTION(name, arity, result) name,
#include "ir/functions.def"
#undef HIDET_FUNCTION
};
std::string_view name_of(Function function);
int arity_of(Function function);
std::optional<Function> find_function(std::string_view name);

struct ExprNode {
  ExprKind kind = ExprKind::Constant;
  Type type;
  uint64_t hash = 0;  // structural: never of an address
  uint32_t id = 0;    // order of creation in the context
  Context* context = nullptr;
};

// A handle: 8 bytes, valid as long as its context.
class Expr {
 public:
  Expr() = default;
  explicit Expr(const ExprNode* node) : node_(node) {}
  const ExprNode* operator->() const { return node_; }
  const ExprNode* get() const { return node_; }
  explicit operator bool() const { return node_ != nullptr; }
  bool operator==(const Expr&) const = default;
  ExprKind kind() const { return node_->kind; }
  Type type() const { return node_->type; }
  Context& context() const { return *node_->context; }
  // The node as a Name, or null when it is another kind.
  template <class Node>
  const Node* as() const {
    return node_ && node_->kind == Node::kKind ? static_cast<const Node*>(node_) : nullptr;
  }

 private:
  const ExprNode* node_ = nullptr;
};

template <class Owner, class Member>
struct Field {
  const char* name;
  Member Owner::* member;
};
template <class Owner, class Member>
constexpr Field<Owner, Member> field(const char* name, Member Owner::* member) {
  return {name, member};
}

// An identity: two variables of one name are different. `name` is a hint for the printer.
struct VarInfo {
  uint32_t id;
  Type type;
  std::string name;
};
using Var = const VarInfo*;

struct BufferInfo;
using Buffer = const BufferInfo*;

// bits: the value, as the bits of an int64 (integers, booleans) or of a double (floats, exactly
// representable in `type`). Vector constants are Broadcasts.
struct Constant : ExprNode {
  static constexpr ExprKind kKind = ExprKind::Constant;
  uint64_t bits = 0;
  static constexpr auto fields() { return std::make_tuple(field("bits", &Constant::bits)); }
  int64_t as_int() const { return static_cast<int64_t>(bits); }
  double as_float() const;
};

struct Variable : ExprNode {
  static constexpr ExprKind kKind = ExprKind::Variable;
  Var var = nullptr;
  static constexpr auto fields() { return std::make_tuple(field("var", &Variable::var)); }
};

struct Call : ExprNode {
  static constexpr ExprKind kKind = ExprKind::Call;
  Function function = Function::add;
  std::vector<Expr> args;
  static constexpr auto fields() {
    return std::make_tuple(field("function", &Call::function), field("args", &Call::args));
  }
};

struct Cast : ExprNode {
  static constexpr ExprKind kKind = ExprKind::Cast;
  Expr value;
  static constexpr auto fields() { return std::make_tuple(field("value", &Cast::value)); }
};

struct Ramp : ExprNode {
  static constexpr ExprKind kKind = ExprKind::Ramp;
  Expr base;    // scalar
  Expr stride;  // scalar
  static constexpr auto fields() {
    return std::make_tuple(field("base", &Ramp::base), field("stride", &Ramp::stride));
  }
};

struct Broadcast : ExprNode {
  static constexpr ExprKind kKind = ExprKind::Broadcast;
  Expr value;  // scalar
  static constexpr auto fields() { return std::make_tuple(field("value", &Broadcast::value)); }
};

// One index an axis of the buffer; after lower_buffers one flat index. A vector index reads a
// vector: contiguous for a Ramp of stride 1, else a gather.
struct Element : ExprNode {
  static constexpr ExprKind kKind = ExprKind::Element;
  Buffer buffer = nullptr;
  std::vector<Expr> index;
  static constexpr auto fields() {
    return std::make_tuple(field("buffer", &Element::buffer), field("index", &Element::index));
  }
};

// `site`: the name declared in the program. `value`: what a map site transforms; null for read
// sites.
struct SiteRead : ExprNode {
  static constexpr ExprKind kKind = ExprKind::SiteRead;
  std::string site;
  std::vector<Expr> index;
  Expr value;
  static constexpr auto fields() {
    return std::make_tuple(field("site", &SiteRead::site), field("index", &SiteRead::index),
                           field("value", &SiteRead::value));
  }
};

// Arithmetic on expressions of one type; an int64_t operand is converted to the other's type.
// Integer constants fold, and x + 0, x * 1, x * 0, x / 1, x % 1 simplify at once. `/` and `%` on
// integers are floordiv and mod; on floats `/` is div.
Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr operator/(Expr a, Expr b);
Expr operator%(Expr a, Expr b);
Expr operator-(Expr a);
Expr operator+(Expr a, int64_t b);
Expr operator-(Expr a, int64_t b);
Expr operator*(Expr a, int64_t b);
Expr operator/(Expr a, int64_t b);
Expr operator%(Expr a, int64_t b);
Expr operator<(Expr a, Expr b);
Expr operator<=(Expr a, Expr b);
Expr operator&&(Expr a, Expr b);  // logical_and
Expr operator||(Expr a, Expr b);  // logical_or

// The value of an integer or boolean constant.
std::optional<int64_t> as_int(Expr e);
bool is_int(Expr e, int64_t value);

// How mappings and layouts make and read constants among expressions.
template <>
struct IndexTraits<Expr> {
  static Expr constant(const Expr& like, int64_t value) { return like * 0 + value; }
  static std::optional<int64_t> as_constant(const Expr& e) { return as_int(e); }
  static Expr bit_xor(const Expr& a, const Expr& b);
};

using Mapping = TaskMapping<Expr>;

}  // namespace hidet
