#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "driver/fill.h"
#include "fuse/row_signature.h"
#include "graph/operators.h"
#include "schedule/rowwise.h"

namespace hidet {

namespace {

// Operations on an element that cost less to do again than to keep it in memory of the thread.
constexpr int kCheapOperations = 3;

class RowwiseFiller {
 public:
  explicit RowwiseFiller(const FillContext& fill)
      : fill_(fill),
        signature_(*row_signature(fill.graph, fill.graph.nodes[fill.group.anchors[0]])) {}

  Result<GroupKernels> run() {
    assign_phases();
    choose_kept();
    problem_.rows = signature_.rows;
    problem_.n = signature_.n;
    for (ValueId value : fill_.group.outputs) {
      bool full = role(value) == RowRole::full;
      (full ? outputs_ : row_outputs_).push_back(value);
      (full ? problem_.outputs : problem_.row_outputs).push_back(dtype(value));
    }
    problem_.inputs = dtypes_along(fill_, signature_.n);
    Result<KernelSequence> scheduled = fill_.target.kind == TargetKind::cuda
                                           ? rowwise_cuda(problem_, fill_.target)
                                           : rowwise(problem_, fill_.target);
    if (!scheduled) return Decline{scheduled.reason()};
    GroupKernels result = start_group(*scheduled);
    auto kernel = start_kernel(fill_, std::move(scheduled->kernels[0]), kernel_symbol(fill_));
    fill_sites(*kernel);
    result.kernels.push_back(std::move(kernel));
    return result;
  }

 private:
  const Node& node(NodeId id) const { return fill_.graph.nodes[id]; }
  NodeId producer(ValueId value) const { return fill_.graph.values[value].producer; }
  DType dtype(ValueId value) const { return fill_.graph.values[value].dtype; }
  std::optional<RowRole> role(ValueId value) const {
    return row_role(signature_, fill_.graph.values[value].shape);
  }
  bool is_member(ValueId value) const {
    const std::vector<NodeId>& members = fill_.group.members;
    return std::find(members.begin(), members.end(), producer(value)) != members.end();
  }
  bool is_reduction(ValueId value) const {
    return is_member(value) && kind_of(node(producer(value)).op) == OpKind::reduction;
  }
  // Evaluated here, not read from memory.
  bool is_computed(ValueId value) const {
    return producer(value) >= 0 && (is_member(value) || !fill_.grouping.stored[value]);
  }

  // Reductions that have to be known before a value can be computed.
  int level(ValueId value) {
    auto it = levels_.find(value);
    if (it != levels_.end()) return it->second;
    int result = 0;
    if (is_computed(value)) {
      for (ValueId input : node(producer(value)).inputs) result = std::max(result, level(input));
      result += is_reduction(value);
    }
    return levels_[value] = result;
  }

  static DType accumulator(DType dtype) {
    return is_floating(dtype) && bits_of(dtype) == 16 ? DType::f32 : dtype;
  }

  void assign_phases() {
    for (NodeId id : fill_.group.anchors) {
      size_t phase = level(node(id).inputs[0]);
      if (phases_.size() <= phase) phases_.resize(phase + 1);
      phases_[phase].reductions.push_back(id);
    }
    problem_.phases.resize(phases_.size());
    for (size_t p = 0; p < phases_.size(); p++)
      for (NodeId id : phases_[p].reductions)
        problem_.phases[p].reductions.push_back(
            {reduction_kind(node(id)), accumulator(dtype(node(id).outputs[0]))});
  }

  // Full-sized computed values below `value`, with the pass that evaluates them.
  void note_pass(ValueId value, int pass) {
    if (!is_computed(value) || is_reduction(value)) return;
    if (!noted_.insert({value, pass}).second) return;
    if (role(value) == RowRole::full) passes_[value].insert(pass);
    for (ValueId input : node(producer(value)).inputs) note_pass(input, pass);
  }

  int operations(ValueId value) {
    std::set<ValueId> seen;
    int count = 0;
    std::function<void(ValueId)> go = [&](ValueId at) {
      if (!is_computed(at) || is_reduction(at) || kept_.count(at) || !seen.insert(at).second)
        return;
      count += evaluation_cost(node(producer(at)));
      for (ValueId input : node(producer(at)).inputs) go(input);
    };
    go(value);
    return count;
  }

  void choose_kept() {
    for (size_t p = 0; p < phases_.size(); p++)
      for (NodeId id : phases_[p].reductions) note_pass(node(id).inputs[0], static_cast<int>(p));
    for (ValueId value : fill_.group.outputs)
      if (role(value) == RowRole::full) note_pass(value, static_cast<int>(phases_.size()));
    for (const auto& [value, passes] : passes_) {  // in the order of value ids: operands first
      if (passes.size() < 2 || operations(value) <= kCheapOperations) continue;
      size_t phase = level(value);
      if (phase >= phases_.size()) continue;
      kept_.insert(value);
      phases_[phase].kept.push_back(value);
      problem_.phases[phase].kept.push_back(dtype(value));
    }
  }

  std::vector<Expr> index_of(ValueId value, const std::vector<Expr>& index) const {
    std::vector<Expr> result;
    size_t next = 0;
    for (const SizeExpr& extent : fill_.graph.values[value].shape)
      result.push_back(extent == SizeExpr(1) ? index[0].context().index(0) : index[next++]);
    return result;
  }

  // Makes known what follows the first `axes` of the index: results of the reductions before
  // `phase`, then values kept before `phase` and the first `own` of those of it.
  void know(KernelArguments& arguments, const std::vector<Expr>& index, size_t axes, size_t phase,
            size_t own) const {
    arguments.forget();
    size_t next = axes;
    for (size_t p = 0; p < phase; p++)
      for (NodeId id : phases_[p].reductions) {
        ValueId out = node(id).outputs[0];
        Expr result = index[next++];
        arguments.know(out, result.context().cast(dtype(out), result));
      }
    for (size_t p = 0; p <= phase && p < phases_.size(); p++)
      for (size_t q = 0; q < (p == phase ? own : phases_[p].kept.size()); q++)
        if (next < index.size()) arguments.know(phases_[p].kept[q], index[next++]);
  }

  void fill_sites(FilledKernel& kernel) {
    KernelArguments& arguments = *kernel.arguments;
    const size_t rows = problem_.rows.size(), axes = rows + 1;
    int kept = 0, value = 0;
    for (size_t p = 0; p < phases_.size(); p++) {
      for (size_t q = 0; q < phases_[p].kept.size(); q++) {
        ValueId v = phases_[p].kept[q];
        kernel.fills[hidet::format("kept_{}", kept++)].read =
            [self = *this, &arguments, axes, p, q, v](const std::vector<Expr>& index, Expr) {
              self.know(arguments, index, axes, p, q);
              return arguments.read(v, self.index_of(v, index));
            };
      }
      for (NodeId id : phases_[p].reductions) {
        ValueId in = node(id).inputs[0];
        DType sum = accumulator(dtype(node(id).outputs[0]));
        kernel.fills[hidet::format("value_{}", value++)].read =
            [self = *this, &arguments, axes, p, in, sum](const std::vector<Expr>& index, Expr) {
              self.know(arguments, index, axes, p, self.phases_[p].kept.size());
              Expr element = arguments.read(in, self.index_of(in, index));
              return element.context().cast(sum, element);
            };
      }
    }
    for (size_t q = 0; q < outputs_.size(); q++)
      fill_output(kernel, arguments, outputs_[q], axes, hidet::format("result_{}", q),
                  hidet::format("out_{}", q));
    for (size_t q = 0; q < row_outputs_.size(); q++)
      fill_output(kernel, arguments, row_outputs_[q], rows, hidet::format("row_result_{}", q),
                  hidet::format("row_out_{}", q));
  }

  void fill_output(FilledKernel& kernel, KernelArguments& arguments, ValueId value, size_t axes,
                   const std::string& result, const std::string& store) {
    kernel.fills[result].read = [self = *this, &arguments, axes, value](
                                    const std::vector<Expr>& index, Expr) {
      self.know(arguments, index, axes, self.phases_.size(), 0);
      return arguments.read(value, self.index_of(value, index));
    };
    kernel.fills[store].store = [self = *this, &arguments, value](const std::vector<Expr>& index,
                                                                  Expr e) {
      Context& context = e.context();
      std::vector<Expr> at = self.index_of(value, index.empty() ? std::vector<Expr>{e} : index);
      Stmt checks = checks_of(self.fill_, arguments, value, at);
      return context.block(
          {checks,
           context.make(Store{.buffer = arguments.output(value), .index = at, .value = e})});
    };
  }

  struct Phase {
    std::vector<ValueId> kept;
    std::vector<NodeId> reductions;
  };
  FillContext fill_;
  RowSignature signature_;
  RowwiseProblem problem_;
  std::vector<Phase> phases_;
  std::vector<ValueId> outputs_, row_outputs_;
  std::map<ValueId, int> levels_;
  std::map<ValueId, std::set<int>> passes_;
  std::set<std::pair<ValueId, int>> noted_;
  std::set<ValueId> kept_;
};

}  // namespace

Result<GroupKernels> fill_rowwise(const FillContext& fill) {
  return RowwiseFiller(fill).run();
}

}  // namespace hidet
