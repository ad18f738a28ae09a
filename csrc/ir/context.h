// Context: the arena of one compilation of a kernel. Interns expressions, owns statements,
// variables and buffers. Not shared between threads.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>

#include "ir/program.h"

namespace hidet {

class Context {
 public:
  Context();
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Constants. An integer or boolean constant is reduced to its type's range by wrapping; a float
  // constant is rounded to its type. A type with lanes gives a Broadcast.
  Expr constant(Type type, int64_t value);
  Expr constant(Type type, double value);
  Expr index(int64_t value) { return constant(Type{DType::i64}, value); }
  Expr boolean(bool value) { return constant(Type{DType::b8}, static_cast<int64_t>(value)); }

  // Expressions. Operand types are checked: equal dtypes and lanes, except `where`'s condition and
  // shift counts. A scalar operand beside vectors is broadcast.
  Expr variable(Var var);
  Expr call(Function function, std::vector<Expr> args);
  Expr cast(DType to, Expr value);
  Expr ramp(Expr base, Expr stride, int lanes);
  Expr broadcast(Expr value, int lanes);
  Expr element(Buffer buffer, std::vector<Expr> index);
  Expr site_read(std::string site, Type type, std::vector<Expr> index, Expr value = {});

  Var make_var(Type type, std::string name);
  Buffer make_buffer(BufferInfo info);  // info.id is assigned here

  // A statement node with the given fields; `init` fills them.
  template <class Node>
  Stmt make(Node node) {
    node.kind = Node::kKind;
    node.context = this;
    auto owned = std::make_unique<Holder<Node>>(std::move(node));
    const StmtNode* pointer = &owned->node;
    statements_.push_back(std::move(owned));
    return Stmt(pointer);
  }
  Stmt block(std::vector<Stmt> body);  // flattens nested blocks; drops nulls

 private:
  struct HolderBase {
    virtual ~HolderBase() = default;
  };
  template <class Node>
  struct Holder : HolderBase {
    explicit Holder(Node n) : node(std::move(n)) {}
    Node node;
  };
  template <class Node>
  Expr intern(Node node);
  // The value of a call that needs no node; null when it needs one.
  Expr fold_call(Function function, const std::vector<Expr>& args);

  std::deque<std::unique_ptr<HolderBase>> statements_;
  std::deque<std::unique_ptr<HolderBase>> expressions_;
  std::unordered_multimap<uint64_t, const ExprNode*> table_;
  std::deque<VarInfo> vars_;
  std::deque<BufferInfo> buffers_;
};

}  // namespace hidet
