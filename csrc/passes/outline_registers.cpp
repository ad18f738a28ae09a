#include "passes/outline_registers.h"

#include <map>
#include <unordered_set>

#include "passes/replace_buffers.h"

namespace hidet {

namespace {

struct Use {
  Buffer buffer = nullptr;
  bool read = false;
  bool written = false;
};

class Replace : public BufferRewriter {
 public:
  Replace(Context& context, std::unordered_map<Buffer, Buffer> with)
      : BufferRewriter(context), with_(std::move(with)) {}

 protected:
  Buffer replacement(Buffer buffer) override {
    auto it = with_.find(buffer);
    return it == with_.end() ? buffer : it->second;
  }

 private:
  std::unordered_map<Buffer, Buffer> with_;
};

class Outliner : public Rewriter {
 public:
  explicit Outliner(Context& context) : context_(context) {}

 protected:
  Stmt on_stmt(Stmt s) override {
    const auto* outline = s.as<Outline>();
    if (!outline) return recurse(s);
    std::map<uint32_t, Use> uses;
    std::unordered_set<Buffer> own;
    walk(outline->body, [&](Stmt at) {
      if (const auto* n = at.as<Allocate>()) own.insert(n->buffer);
      if (const auto* n = at.as<Load>()) uses[n->buffer->id].read = true, note(uses, n->buffer);
      if (const auto* n = at.as<Store>()) uses[n->buffer->id].written = true, note(uses, n->buffer);
    });
    std::vector<Stmt> list, after;
    std::unordered_map<Buffer, Buffer> copies;
    for (const auto& [id, use] : uses) {
      if (use.buffer->scope != Scope::registers || own.count(use.buffer)) continue;
      BufferInfo info = *use.buffer;
      info.name += "_copy";
      Buffer copy = context_.make_buffer(std::move(info));
      copies[use.buffer] = copy;
      list.push_back(context_.make(Allocate{.buffer = copy}));
      list.push_back(move(copy, use.buffer));
      if (use.written) after.push_back(move(use.buffer, copy));
    }
    Outline node = *outline;
    node.body = Replace(context_, std::move(copies)).rewrite(rewrite(outline->body));
    list.push_back(context_.make(std::move(node)));
    list.insert(list.end(), after.begin(), after.end());
    return context_.block(std::move(list));
  }

 private:
  static void note(std::map<uint32_t, Use>& uses, Buffer buffer) {
    uses[buffer->id].buffer = buffer;
  }

  Stmt move(Buffer to, Buffer from) {
    const auto size = as_int(from->shape[0]);
    HIDET_ASSERT(size, "register array {} has no constant size", from->name);
    Var index_var = context_.make_var(Type{DType::i64}, "i");
    Var value_var = context_.make_var(from->type, from->name);
    const Expr index = context_.variable(index_var);
    const Stmt load = context_.make(
        Load{.var = value_var, .buffer = from, .index = {index}, .mask = {}, .otherwise = {}});
    const Stmt store = context_.make(
        Store{.buffer = to, .index = {index}, .value = context_.variable(value_var), .mask = {}});
    return context_.make(For{.var = index_var,
                             .extent = context_.index(*size),
                             .loop = ForKind::unrolled,
                             .body = context_.block({load, store})});
  }

  Context& context_;
};

}  // namespace

Program outline_registers(const Program& program) {
  Program result = program;
  result.body = Outliner(*program.context).rewrite(program.body);
  return result;
}

}  // namespace hidet
