// Evaluation: the value of an expression, lane by lane. What a variable, an element or a site is
// worth is the business of a subclass.
#pragma once

#include <unordered_map>
#include <vector>

#include "interp/scalar.h"
#include "ir/expr.h"

namespace hidet {

class Evaluation {
 public:
  virtual ~Evaluation() = default;

  Scalar value(Expr e, int lane = 0);
  int64_t integer(Expr e, int lane = 0) { return value(e, lane).as_int(); }
  std::vector<int64_t> integers(const std::vector<Expr>& list, int lane = 0);

 protected:
  virtual Scalar variable(Var var, int lane) = 0;
  virtual Scalar element(Buffer buffer, const std::vector<int64_t>& index, int lane) = 0;
  virtual Scalar site(const SiteRead& node, const std::vector<Scalar>& index, Scalar value) = 0;

 private:
  struct Key {
    const ExprNode* node;
    int lane;
    bool operator==(const Key&) const = default;
  };
  struct HashKey {
    size_t operator()(const Key& key) const { return key.node->hash * 31 + key.lane; }
  };

  Scalar compute(Expr e, int lane);
  uint64_t tree_size(Expr e);

  // Kept while a large expression is evaluated, in which parts occur many times.
  std::unordered_map<Key, Scalar, HashKey> memo_;
  bool remembering_ = false;
  std::unordered_map<const ExprNode*, uint64_t> tree_sizes_;
};

}  // namespace hidet
