#include "passes/vectorize_accesses.h"

#include <algorithm>
#include <unordered_set>

#include "passes/scoped_rewriter.h"

namespace hidet {

namespace {

constexpr int64_t kVectorBytes = 16;
constexpr int64_t kSharedAlignment = 128;  // of each buffer: emit/emit_cuda.cpp
constexpr int64_t kLongestLoop = 16;
// An instruction (passes/lower_copies.h), followed by the bytes of one.
constexpr std::string_view kAsyncCopy = "cp_async_";

class Vectorizer : public ScopedRewriter {
 public:
  using ScopedRewriter::ScopedRewriter;

 protected:
  Stmt on_stmt(Stmt s) override {
    if (const auto* loop = s.as<For>())
      if (const auto extent = as_int(loop->extent); extent && is_candidate(*loop, *extent))
        if (const Stmt result = vectorized(*loop, *extent)) return result;
    return recurse_scoped(s);
  }

 private:
  // An access of the loop that becomes vectors.
  struct Access {
    Buffer memory;
    Expr base;  // of the first turn
    Expr mask;  // the same in all turns; null: always
    Expr otherwise;
    int64_t lanes;  // of a vector
    Buffer staged;  // the elements of all turns
  };

  bool is_candidate(const For& loop, int64_t extent) {
    if (is_launch_loop(loop.loop) || extent < 2 || extent > kLongestLoop ||
        (extent & (extent - 1)) != 0)
      return false;
    bool simple = true;
    walk(loop.body, [&](Stmt s) {
      simple = simple && (s.as<Block>() || s.as<Let>() || s.as<Load>() || s.as<Store>() ||
                          s.as<If>() || s.as<Report>());
    });
    return simple;
  }

  Expr at_first(Expr e) { return substitute(e, {{turn_, context_.index(0)}}); }

  // Whether e is the same in all turns; of a comparison, whether it comes out the same. Only what
  // is neither is looked at by divisors: with base and extent multiples of the number of turns, all
  // of them lie inside or none does.
  bool is_uniform(Expr e) {
    if (!e || !uses(e, turn_)) return true;
    const auto* call = e.as<Call>();
    if (!call || call->args.size() != 2) return false;
    if (call->function == Function::logical_and || call->function == Function::logical_or)
      return is_uniform(call->args[0]) && is_uniform(call->args[1]);
    if (call->function != Function::lt || !is_integer(call->args[0].type().dtype)) return false;
    const Expr turn = context_.variable(turn_);
    const Affine room = Affine::of(call->args[1]) - Affine::of(call->args[0]);
    if (room.overflowed() || room.degree(turn) != 1) return false;
    const Affine slope = room.coefficient_of(turn);
    const Affine first = room.substitute(turn, Affine::constant(room.type(), 0));
    // first - turn > 0.
    return slope.is_constant(-1) && !uses(first.expression(context_), turn_) &&
           analyzer_.divisor(first) % turns_ == 0;
  }

  Stmt vectorized(const For& loop, int64_t extent) {
    turn_ = loop.var;
    turns_ = extent;
    Stmt body = loop.body;
    if (const auto* block = body.as<Block>(); block && block->body.size() == 1)
      body = block->body[0];
    if (const auto* branch = body.as<If>(); branch && !branch->otherwise) {
      if (!is_uniform(branch->condition)) return {};
      const Expr condition = at_first(branch->condition);
      Analyzer::Scope scope(analyzer_);
      analyzer_.assume(condition);
      For inner = loop;
      inner.body = branch->then;
      const Stmt result = vectorized(inner, extent);
      if (!result) return {};
      return context_.make(If{.condition = condition, .then = result, .otherwise = {}});
    }
    return loop_with_vectors(loop, body);
  }

  static bool is_memory(Buffer buffer) {
    return (buffer->scope == Scope::global || buffer->scope == Scope::constant ||
            buffer->scope == Scope::shared) &&
           buffer->type.dtype != DType::b8 && !buffer->type.is_vector();
  }

  // The vectors for an access at `index`, or none.
  std::optional<Access> access(Buffer buffer, Expr index) {
    if (!is_memory(buffer) || !uses(index, turn_)) return std::nullopt;
    const Affine at = Affine::of(index);
    const Expr turn = context_.variable(turn_);
    if (at.overflowed() || at.degree(turn) != 1 || !at.coefficient_of(turn).is_constant(1))
      return std::nullopt;
    const Affine first = at.substitute(turn, Affine::constant(at.type(), 0));
    // A position that is looked up may depend on the turn beside it.
    const Expr base = first.expression(context_);
    if (uses(base, turn_)) return std::nullopt;
    const int64_t bytes = bytes_of(buffer->type.dtype);
    const int64_t aligned = buffer->scope == Scope::shared ? kSharedAlignment : buffer->alignment;
    if (aligned == 0) return std::nullopt;
    int64_t lanes = std::min(turns_, kVectorBytes / bytes);
    const int64_t divisor = analyzer_.divisor(first);
    while (lanes > 1 && (divisor % lanes != 0 || aligned % (lanes * bytes) != 0)) lanes /= 2;
    if (lanes < 2) return std::nullopt;
    return Access{buffer, base, {}, {}, lanes, nullptr};
  }

  Buffer staging(Buffer memory) {
    BufferInfo info;
    info.scope = Scope::registers;
    info.type = memory->type;
    info.shape = {context_.index(turns_)};
    info.name = memory->name + "_v";
    info.alignment = static_cast<int>(kVectorBytes);
    return context_.make_buffer(std::move(info));
  }

  Expr lanes_from(Expr base, int64_t lanes) {
    return context_.ramp(base, context_.index(1), static_cast<int>(lanes));
  }

  // Memory to the array of the thread, or back.
  void move(const Access& access, bool load, std::vector<Stmt>& list) {
    const int lanes = static_cast<int>(access.lanes);
    for (int64_t at = 0; at < turns_; at += lanes) {
      const Expr outside = lanes_from(access.base + at, lanes);
      const Expr inside = lanes_from(context_.index(at), lanes);
      const Var vector =
          context_.make_var(access.memory->type.with_lanes(lanes), access.memory->name);
      Load node{.var = vector,
                .buffer = load ? access.memory : access.staged,
                .index = {load ? outside : inside},
                .mask = {},
                .otherwise = {}};
      if (load && access.mask) {
        node.mask = context_.broadcast(access.mask, lanes);
        node.otherwise = context_.broadcast(access.otherwise, lanes);
      }
      list.push_back(context_.make(std::move(node)));
      list.push_back(context_.make(Store{.buffer = load ? access.staged : access.memory,
                                         .index = {load ? inside : outside},
                                         .value = context_.variable(vector),
                                         .mask = {}}));
    }
  }

  // e with the elements that become vectors read from the array, in loads that are appended.
  Expr from_staged(Expr e, std::vector<Stmt>& list) {
    if (!e) return e;
    if (auto it = elements_.find(e.get()); it != elements_.end()) {
      Expr& value = values_[it->second];
      if (!value) value = staged_element(accesses_[it->second], list);
      return value;
    }
    if (auto it = rewritten_.find(e.get()); it != rewritten_.end()) return it->second;
    const Expr result = rebuild(e, [&](Expr child) { return from_staged(child, list); });
    return rewritten_[e.get()] = result;
  }
  Expr staged_element(const Access& access, std::vector<Stmt>& list) {
    const Var var = context_.make_var(access.memory->type, access.memory->name);
    list.push_back(context_.make(Load{.var = var,
                                      .buffer = access.staged,
                                      .index = {context_.variable(turn_)},
                                      .mask = {},
                                      .otherwise = {}}));
    return context_.variable(var);
  }

  void find_elements(Expr e) {
    if (!e || !seen_.insert(e.get()).second) return;
    if (const auto* element = e.as<Element>()) {
      if (auto found = access(element->buffer, element->index[0])) {
        found->staged = staging(element->buffer);
        elements_[e.get()] = accesses_.size();
        accesses_.push_back(*found);
        return;
      }
    }
    for_each_child(e, [&](Expr child) { find_elements(child); });
  }

  // The statements of a turn, in order; Ifs are left as they are.
  Stmt loop_with_vectors(const For& loop, Stmt body) {
    accesses_.clear();
    elements_.clear();
    values_.clear();
    seen_.clear();
    rewritten_.clear();
    std::vector<Stmt> list;
    if (const auto* block = body.as<Block>()) {
      list = block->body;
    } else {
      list = {body};
    }
    std::map<Buffer, int> stores, loads;
    walk(body, [&](Stmt s) {
      if (const auto* n = s.as<Store>()) stores[n->buffer]++;
      if (const auto* n = s.as<Load>()) loads[n->buffer]++;
    });

    // What is read before the loop.
    std::map<const StmtNode*, size_t> load_access, store_access;
    std::vector<Stmt> before;
    std::unordered_set<Var> bound;
    for (Stmt s : list) {
      if (const auto* n = s.as<Let>()) bound.insert(n->var);
      if (const auto* n = s.as<Load>()) bound.insert(n->var);
    }
    const auto is_outer = [&](Expr e) {
      bool outer = true;
      if (e)
        walk(e, [&](Expr below) {
          const auto* variable = below.as<Variable>();
          outer = outer && !(variable && bound.count(variable->var));
        });
      return outer;
    };
    for (Stmt s : list) {
      if (s.as<If>() || s.as<Block>()) continue;
      if (const auto* n = s.as<Load>()) {
        auto found = access(n->buffer, n->index[0]);
        if (found && !stores.count(n->buffer) && is_outer(n->index[0]) && is_outer(n->mask) &&
            is_outer(n->otherwise) && is_uniform(n->mask) &&
            !(n->otherwise && uses(n->otherwise, turn_))) {
          if (n->mask) {
            found->mask = at_first(n->mask);
            found->otherwise = n->otherwise;
          }
          found->staged = staging(n->buffer);
          load_access[s.get()] = accesses_.size();
          accesses_.push_back(*found);
        }
      }
      for_each_child(s, [&](Expr e) { find_elements(e); }, [](Stmt) {});
    }
    for (auto it = elements_.begin(); it != elements_.end();)
      it = is_outer(accesses_[it->second].base) ? std::next(it) : elements_.erase(it);
    std::unordered_set<size_t> kept;
    for (const auto& [_, access] : elements_) kept.insert(access);
    for (const auto& [_, access] : load_access) kept.insert(access);
    for (size_t i = 0; i < accesses_.size(); ++i) {
      if (!kept.count(i)) continue;
      before.push_back(context_.make(Allocate{.buffer = accesses_[i].staged}));
      move(accesses_[i], true, before);
    }

    // The turns, and what is written behind them.
    std::vector<Stmt> turn, behind;
    const auto load_expr = [&](Expr e) { return from_staged(e, turn); };
    for (Stmt s : list) {
      if (auto it = load_access.find(s.get()); it != load_access.end()) {
        turn.push_back(context_.make(Load{.var = s.as<Load>()->var,
                                          .buffer = accesses_[it->second].staged,
                                          .index = {context_.variable(turn_)},
                                          .mask = {},
                                          .otherwise = {}}));
        continue;
      }
      if (const auto* n = s.as<Store>(); n && !n->mask && stores[n->buffer] == 1 &&
                                         !loads.count(n->buffer) && is_outer(n->index[0])) {
        if (auto found = access(n->buffer, n->index[0])) {
          found->staged = staging(n->buffer);
          before.push_back(context_.make(Allocate{.buffer = found->staged}));
          const Expr value = load_expr(n->value);
          turn.push_back(context_.make(Store{.buffer = found->staged,
                                             .index = {context_.variable(turn_)},
                                             .value = value,
                                             .mask = {}}));
          move(*found, false, behind);
          continue;
        }
      }
      turn.push_back(s.as<If>() || s.as<Block>() ? s : rebuild(s, load_expr, [](Stmt child) {
        return child;
      }));
    }
    if (before.empty()) return {};
    For inner = loop;
    inner.loop = ForKind::unrolled;
    inner.body = context_.block(std::move(turn));
    before.push_back(context_.make(std::move(inner)));
    before.insert(before.end(), behind.begin(), behind.end());
    return context_.block(std::move(before));
  }

  Var turn_ = nullptr;
  int64_t turns_ = 0;
  std::vector<Access> accesses_;
  std::unordered_map<const ExprNode*, size_t> elements_;  // -> accesses_
  std::unordered_set<const ExprNode*> seen_;
  std::unordered_map<const ExprNode*, Expr> rewritten_;
  std::unordered_map<size_t, Expr> values_;  // of the elements, once they are read in the turn
};

}  // namespace

Program vectorize_accesses(const Program& program) {
  Program result = program;
  result.body = Vectorizer(program).rewrite(program.body);
  return result;
}

std::vector<int> vector_bytes_of_arguments(const Program& program) {
  std::vector<int> bytes(program.buffers.size(), 0);
  const auto note = [&](Buffer buffer, int width) {
    const auto it = std::find(program.buffers.begin(), program.buffers.end(), buffer);
    if (it == program.buffers.end() || width <= bytes_of(buffer->type.dtype)) return;
    int& most = bytes[static_cast<size_t>(it - program.buffers.begin())];
    most = std::max(most, width);
  };
  const auto look = [&](Buffer buffer, Expr index) {
    note(buffer, index.type().lanes * static_cast<int>(bytes_of(buffer->type.dtype)));
  };
  walk(program.body, [&](Stmt s) {
    if (const auto* n = s.as<Load>()) look(n->buffer, n->index[0]);
    if (const auto* n = s.as<Store>()) look(n->buffer, n->index[0]);
    if (const auto* n = s.as<Instruction>(); n && n->name.starts_with(kAsyncCopy))
      note(n->addresses[1].buffer, std::stoi(n->name.substr(kAsyncCopy.size())));
  });
  return bytes;
}

}  // namespace hidet
