// The loop over the threads of a block: statements that threads take together are done by all of
// them before the next one, all others by one thread after the other.
#include "interp/interpreter.h"
#include "ir/context.h"
#include "ir/visit.h"

namespace hidet {

bool Interpreter::is_joint(Stmt s) {
  auto [it, inserted] = joint_.emplace(s.get(), false);
  if (!inserted) return it->second;
  bool found = false;
  walk(s, [&](Stmt below) {
    const auto* allocate = below.as<Allocate>();
    found = found || below.as<Barrier>() || below.as<Exchange>() ||
            (allocate && allocate->buffer->scope == Scope::shared);
  });
  return joint_[s.get()] = found;
}

// What a thread has for itself takes the place of what the interpreter works with, and back.
void Interpreter::with_thread(size_t thread, const std::function<void()>& body) {
  ThreadState& own = threads_[thread];
  std::swap(own.vars, vars_);
  std::swap(own.memories, memories_);
  body();
  std::swap(own.vars, vars_);
  std::swap(own.memories, memories_);
}

void Interpreter::each_thread(const std::function<void(size_t)>& body) {
  for (size_t i = 0; i < threads_.size(); ++i) {
    const size_t thread = machine_.bindings.last_worker_first ? threads_.size() - 1 - i : i;
    with_thread(thread, [&] { body(thread); });
  }
}

// A number that all threads agree on.
int64_t Interpreter::agreed(Expr e) {
  std::optional<int64_t> result;
  each_thread([&](size_t) {
    const int64_t mine = integer(e);
    if (result && *result != mine)
      throw InterpretError("threads that take a statement together disagree");
    result = mine;
  });
  return *result;
}

void Interpreter::launch_threads(const For& node) {
  threads_.assign(static_cast<size_t>(integer(node.extent)), ThreadState{vars_, memories_});
  each_thread([&](size_t thread) { set(node.var, Scalar::of(static_cast<int64_t>(thread))); });
  execute_jointly(node.body);
  threads_.clear();
}

void Interpreter::execute_jointly(Stmt s) {
  if (!s) return;
  if (!is_joint(s)) return each_thread([&](size_t) { execute(s); });
  if (const auto* n = s.as<Block>()) {
    for (Stmt item : n->body) execute_jointly(item);
  } else if (const auto* n = s.as<For>()) {
    const int64_t extent = agreed(n->extent);
    for (int64_t i = 0; i < extent; ++i) {
      each_thread([&](size_t) { set(n->var, Scalar::of(i)); });
      execute_jointly(n->body);
    }
  } else if (const auto* n = s.as<If>()) {
    execute_jointly(agreed(n->condition) ? n->then : n->otherwise);
  } else if (const auto* n = s.as<Allocate>()) {
    auto memory = std::make_shared<Memory>(make_memory(n->buffer));
    each_thread([&](size_t) { memories_[n->buffer->id] = memory; });
  } else if (const auto* n = s.as<Exchange>()) {
    std::vector<Scalar> values(threads_.size());
    each_thread([&](size_t thread) { values[thread] = value(n->value); });
    each_thread(
        [&](size_t thread) { set(n->var, values.at(thread ^ static_cast<size_t>(n->lane_bits))); });
  } else if (!s.as<Barrier>()) {
    throw InterpretError(hidet::format("{} for all threads of a block", name_of(s.kind())));
  }
}

}  // namespace hidet
