#include "interp/interpreter.h"
#include "ir/print.h"

namespace hidet {

void Interpreter::commit(AsyncKind kind) {
  groups_[kind].push_back(std::move(open_[kind]));
  open_[kind].clear();
}

void Interpreter::wait(AsyncKind kind, int leaving) {
  auto& groups = groups_[kind];
  while (static_cast<int64_t>(groups.size()) > leaving) {
    for (const Work& work : groups.front()) work();
    groups.pop_front();
  }
}

BarrierCell& Interpreter::cell(Buffer barrier, Expr index) {
  const auto it = barriers_.find(barrier->id);
  if (it == barriers_.end())
    throw InterpretError(hidet::format("barrier {} is not allocated", barrier->name));
  const int64_t at = index ? integer(index) : 0;
  if (at < 0 || at >= static_cast<int64_t>(it->second->size()))
    throw InterpretError(hidet::format("{}[{}] is out of bounds: {} barriers", barrier->name, at,
                                       it->second->size()));
  return (*it->second)[static_cast<size_t>(at)];
}

void Interpreter::arrive(BarrierCell& cell, const char* what) {
  if (cell.missing == 0)
    throw InterpretError(hidet::format("one {} more than the phase of the barrier takes", what));
  --cell.missing;
  machine_.turns.changed();
}

namespace {

// Ends the phase when all have arrived and all bytes are here; copies under way are done now.
void finish_phase(BarrierCell& cell, int arrivals) {
  if (cell.missing != 0) return;
  while (!cell.copies.empty()) {
    cell.expected -= cell.copies.front().first;
    cell.copies.front().second();
    cell.copies.pop_front();
  }
  if (cell.expected != 0) return;
  ++cell.phase;
  cell.missing = arrivals;
}

}  // namespace

void Interpreter::wait_barrier(const WaitBarrier& node) {
  BarrierCell& at = cell(node.barrier, node.index);
  const int64_t parity = integer(node.parity);
  if (parity != 0 && parity != 1) throw InterpretError("a parity is 0 or 1");
  const auto ready = [&] {
    if (at.phase % 2 == parity) {
      const int64_t before = at.phase;
      finish_phase(at, node.barrier->arrivals);
      if (at.phase != before) machine_.turns.changed();
    }
    return at.phase % 2 != parity;
  };
  machine_.turns.wait_until(ready, "this wait never ends");
}

void Interpreter::run_roles(const Roles& node) {
  // Each role has variables and groups of its own; memory allocated before is shared.
  const auto selves = std::make_shared<std::vector<Interpreter>>(node.roles.size(), *this);
  machine_.kept.push_back(selves);
  std::vector<std::function<void()>> bodies;
  for (size_t i = 0; i < node.roles.size(); ++i)
    bodies.push_back([&, i] { (*selves)[i].execute(node.roles[i].body); });
  machine_.turns.run(bodies);
}

}  // namespace hidet
