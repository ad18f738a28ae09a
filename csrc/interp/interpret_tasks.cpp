#include "interp/interpreter.h"
#include "ir/context.h"
#include "mapping/lift.h"

namespace hidet {

namespace {

// Whether a worker is the first of those that hold copies of its tasks.
bool is_first_copy(const TaskMapping<int64_t>& mapping, int64_t worker) {
  for (size_t f = mapping.factors().size(); f-- > 0;) {
    const Factor<int64_t>& factor = mapping.factors()[f];
    if (factor.kind == FactorKind::replicate && worker % factor.workers != 0) return false;
    worker /= factor.workers;
  }
  return true;
}

}  // namespace

TaskMapping<int64_t> Interpreter::numbers(const Mapping& mapping) {
  std::vector<Factor<int64_t>> factors;
  for (const Factor<Expr>& factor : mapping.factors()) {
    Factor<int64_t> result{factor.kind, integers(factor.shape), factor.order, 1};
    if (factor.kind != FactorKind::repeat) {
      result.workers = factor.kind == FactorKind::replicate ? integer(factor.workers) : 1;
      for (int64_t extent : result.shape) result.workers *= extent;
    }
    result.name = factor.name;
    if (factor.kind == FactorKind::table)
      result.table = [this, factor](const int64_t& worker) {
        return integers(factor.table(machine_.program.context->index(worker)));
      };
    factors.push_back(std::move(result));
  }
  return TaskMapping<int64_t>(std::move(factors), mapping.rank());
}

void Interpreter::loop_over_tasks(const ForTask& node) {
  // The tasks of each worker; kept where they are the same each time.
  std::vector<std::vector<std::vector<int64_t>>> fresh;
  auto* tasks = &fresh;
  if (auto it = tasks_.find(&node); it != tasks_.end()) {
    tasks = &it->second;
  } else {
    const TaskMapping<int64_t> mapping = numbers(node.mapping);
    for (int64_t worker = 0; worker < mapping.workers(); ++worker) {
      fresh.emplace_back();
      if (is_first_copy(mapping, worker)) fresh.back() = mapping.tasks(worker);
    }
    if (constant_mapping(node.mapping)) tasks = &(tasks_[&node] = std::move(fresh));
  }
  const std::vector<int64_t> covers = integers(node.covers);
  const int64_t outer = thread_;
  for (size_t i = 0; i < tasks->size(); ++i) {
    const size_t worker = machine_.bindings.last_worker_first ? tasks->size() - 1 - i : i;
    if (node.scope == WorkerScope::thread) thread_ = static_cast<int64_t>(worker);
    for (const std::vector<int64_t>& task : (*tasks)[worker]) {
      bool inside = true;
      for (size_t axis = 0; axis < covers.size(); ++axis)
        inside = inside && task[axis] < covers[axis];
      if (!inside) continue;
      for (size_t axis = 0; axis < task.size(); ++axis)
        set(node.vars[axis], Scalar::of(task[axis]));
      execute(node.body);
    }
  }
  thread_ = outer;
}

}  // namespace hidet
