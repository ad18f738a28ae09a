#include "fuse/groups.h"

#include <algorithm>
#include <set>
#include <span>

#include "fuse/diamond.h"
#include "fuse/row_signature.h"
#include "fuse/stored_values.h"
#include "graph/operators.h"

namespace hidet {

std::string_view name_of(GroupKind kind) {
  constexpr std::string_view names[] = {"matmul", "attention", "rowwise",
                                        "reduce", "pointwise", "aten"};
  return names[static_cast<size_t>(kind)];
}

namespace {

using GroupSet = std::set<int>;

class Former {
 public:
  explicit Former(const Graph& graph)
      : graph_(graph),
        dependence_(graph),
        depends_(graph.values.size()),
        outside_(graph.values.size()) {
    grouping_.group_of.assign(graph.nodes.size(), -1);
  }

  Grouping form() {
    for (NodeId id = 0; id < static_cast<NodeId>(graph_.nodes.size()); id++) {
      if (grouping_.group_of[id] < 0) place(id);
      propagate(id);
    }
    store_values(graph_, dependence_, grouping_);
    return std::move(grouping_);
  }

 private:
  const Node& node(NodeId id) const { return graph_.nodes[id]; }
  const std::vector<SizeExpr>& shape_of(ValueId value) const { return graph_.values[value].shape; }
  int group_of_value(ValueId value) const {
    NodeId producer = graph_.values[value].producer;
    return producer < 0 ? -1 : grouping_.group_of[producer];
  }

  void place(NodeId id) {
    switch (kind_of(node(id).op)) {
      case OpKind::aten:
        open(id, GroupKind::aten);
        return;
      case OpKind::contraction:
        open(id, GroupKind::matmul);
        return;
      case OpKind::pattern:
        open(id, GroupKind::attention);
        return;
      case OpKind::reduction:
        place_reduction(id);
        return;
      default:
        place_injective(id);
    }
  }

  void open(NodeId id, GroupKind kind) {
    grouping_.groups.push_back({.kind = kind, .anchors = {id}, .members = {id}, .outputs = {}});
    tips_.push_back(node(id).outputs[0]);
    costs_.push_back(evaluation_cost(node(id)));
    signatures_.emplace_back();
    grouping_.group_of[id] = static_cast<int>(grouping_.groups.size()) - 1;
  }

  void join(NodeId id, int group) {
    grouping_.groups[group].members.push_back(id);
    grouping_.group_of[id] = group;
    costs_[group] += evaluation_cost(node(id));
  }

  // Records a refusal where the group would evaluate too much with the nodes in it.
  bool has_room(std::span<const NodeId> nodes, int group) {
    int cost = costs_[group];
    for (NodeId id : nodes) cost += evaluation_cost(node(id));
    if (cost <= kMostOperations) return true;
    refuse(nodes[0], group, "the kernel evaluates enough already");
    return false;
  }

  // Whether the node can be in the group without the group depending on itself: nothing it reads
  // depends on the group by way of a node outside.
  bool stays_acyclic(NodeId id, int group) const {
    return std::none_of(node(id).inputs.begin(), node(id).inputs.end(),
                        [&](ValueId v) { return outside_[v].count(group) > 0; });
  }

  // What the node's results depend on, now that its group is known.
  void propagate(NodeId id) {
    const int own = grouping_.group_of[id];
    GroupSet depends, outside;
    for (ValueId input : node(id).inputs) {
      depends.insert(depends_[input].begin(), depends_[input].end());
      outside.insert(outside_[input].begin(), outside_[input].end());
    }
    for (int group : depends)
      if (group != own) outside.insert(group);
    if (own >= 0) depends.insert(own);
    for (ValueId output : node(id).outputs) {
      depends_[output] = depends;
      outside_[output] = outside;
    }
  }

  void refuse(NodeId id, int group, std::string reason) {
    const Group& g = grouping_.groups[group];
    grouping_.refusals.push_back({id, node(g.anchors[0]).name, std::move(reason)});
  }

  void place_reduction(NodeId id) {
    auto signature = row_signature(graph_, node(id));
    if (!signature) return open(id, GroupKind::reduce);
    for (int group = static_cast<int>(grouping_.groups.size()) - 1; group >= 0; group--) {
      if (signatures_[group] != signature || !shares_input(id, group)) continue;
      if (!stays_acyclic(id, group)) {
        refuse(id, group, "its operand depends on the group by way of another kernel");
        continue;
      }
      grouping_.groups[group].anchors.push_back(id);
      return join(id, group);
    }
    open(id, GroupKind::rowwise);
    signatures_.back() = signature;
  }

  // Values in memory that a value is computed from, by way of nodes that are in no kernel yet.
  void leaves(ValueId value, std::set<ValueId>& found) const {
    NodeId producer = graph_.values[value].producer;
    if (producer < 0 || grouping_.group_of[producer] >= 0) {
      found.insert(value);
      return;
    }
    for (ValueId input : node(producer).inputs) leaves(input, found);
  }

  // A reduction belongs to a kernel that holds the same rows when it reads one of its values, or
  // one of the full-sized operands that this kernel reads, too.
  bool shares_input(NodeId id, int group) const {
    std::set<ValueId> mine, theirs;
    leaves(node(id).inputs[0], mine);
    for (NodeId member : grouping_.groups[group].members)
      for (ValueId input : node(member).inputs) leaves(input, theirs);
    return std::any_of(mine.begin(), mine.end(), [&](ValueId value) {
      if (group_of_value(value) == group) return true;
      return theirs.count(value) && row_role(*signatures_[group], shape_of(value)) == RowRole::full;
    });
  }

  void place_injective(NodeId id) {
    for (ValueId input : node(id).inputs) {
      int group = group_of_value(input);
      if (group < 0) continue;
      if (joins(id, group, input)) return;
    }
  }

  bool joins(NodeId id, int group, ValueId input) {
    Group& g = grouping_.groups[group];
    if (g.kind == GroupKind::aten || g.kind == GroupKind::pointwise) return false;
    if (g.kind == GroupKind::rowwise) return joins_row(id, group);
    if (input != tips_[group]) return false;
    if (dependence_.users(input).size() != 1) {
      if (joins_diamond(group, input)) return true;
      refuse(id, group, "the result has other users: it is stored, and read by each of them");
      return false;
    }
    if (!follows_index(id, input)) {
      refuse(id, group, "it does not take each element of the result to one place");
      return false;
    }
    if (!stays_acyclic(id, group)) {
      refuse(id, group, "another operand depends on the group");
      return false;
    }
    if (!has_room({&id, 1}, group)) return false;
    join(id, group);
    tips_[group] = node(id).outputs[0];
    return true;
  }

  // All between the group's tip and where its users meet again.
  bool joins_diamond(int group, ValueId tip) {
    const auto diamond = find_diamond(graph_, dependence_, tip, [&](ValueId operand) {
      return !depends_on_group(operand, group);
    });
    if (!diamond || !has_room(*diamond, group)) return false;
    for (NodeId id : *diamond) join(id, group);
    tips_[group] = node(diamond->back()).outputs[0];
    return true;
  }

  bool depends_on_group(ValueId value, int group) const {
    std::set<NodeId> seen;
    return depends_on_group(value, group, seen);
  }
  bool depends_on_group(ValueId value, int group, std::set<NodeId>& seen) const {
    const NodeId anchor = grouping_.groups[group].anchors[0];
    const NodeId producer = graph_.values[value].producer;
    // Ids are in topological order.
    if (producer < anchor || !seen.insert(producer).second) return false;
    if (grouping_.group_of[producer] == group) return true;
    return std::ranges::any_of(node(producer).inputs,
                               [&](ValueId input) { return depends_on_group(input, group, seen); });
  }

  // Each element of `input` is read for exactly one element of the node's result.
  bool follows_index(NodeId id, ValueId input) const {
    const Node& n = node(id);
    if (kind_of(n.op) == OpKind::elementwise) return shape_of(n.outputs[0]) == shape_of(input);
    return is_bijective_map(graph_, id);
  }

  bool joins_row(NodeId id, int group) {
    const Node& n = node(id);
    const RowSignature& signature = *signatures_[group];
    if (!row_role(signature, shape_of(n.outputs[0]))) return false;
    if (kind_of(n.op) != OpKind::elementwise && !keeps_rows(n, signature)) return false;
    if (!stays_acyclic(id, group)) {
      refuse(id, group, "another operand depends on the group by way of another kernel");
      return false;
    }
    const std::vector<SizeExpr>& result = shape_of(n.outputs[0]);
    for (ValueId input : n.inputs)
      if (group_of_value(input) == group && !lies_on_rows(shape_of(input), result, signature))
        return false;
    if (!has_room({&id, 1}, group)) return false;
    join(id, group);
    return true;
  }

  // A view that neither permutes nor cuts: it adds or drops axes of extent 1, or repeats a row's
  // value along the row.
  bool keeps_rows(const Node& n, const RowSignature& signature) const {
    if (n.op != Op::reshape && n.op != Op::expand) return false;
    const std::vector<SizeExpr>& from = shape_of(n.inputs[0]);
    const std::vector<SizeExpr>& to = shape_of(n.outputs[0]);
    return n.op == Op::reshape ? row_role(signature, from) == row_role(signature, to)
                               : lies_on_rows(from, to, signature);
  }

  // Whether a value broadcast to `to` is the same row's, where the two have roles. A row's value
  // may be spread along the other axis, too, where rows are as long as there are many.
  bool lies_on_rows(const std::vector<SizeExpr>& from, const std::vector<SizeExpr>& to,
                    const RowSignature& signature) const {
    const auto own = row_role(signature, from), role = row_role(signature, to);
    if (!own || own == role) return own.has_value();
    if (own == RowRole::full) return false;
    size_t along = to.size() - 1;
    while (to[along] == SizeExpr(1)) along--;
    const size_t missing = to.size() - from.size();
    return along < missing || from[along - missing] == SizeExpr(1);
  }

  const Graph& graph_;
  Dependence dependence_;
  Grouping grouping_;
  std::vector<ValueId> tips_;  // by group: the last value of the chain of epilogues
  std::vector<int> costs_;     // by group: of its members
  std::vector<std::optional<RowSignature>> signatures_;  // by group: of rowwise ones
  std::vector<GroupSet> depends_;                        // by value: groups it depends on
  std::vector<GroupSet> outside_;  // by value: groups it depends on through a node outside of them
};

}  // namespace

Grouping form_groups(const Graph& graph) {
  return Former(graph).form();
}

std::string print(const Grouping& grouping, const Graph& graph) {
  std::string text;
  for (size_t i = 0; i < grouping.groups.size(); i++) {
    const Group& group = grouping.groups[i];
    text +=
        hidet::format("group {} {}{}:", i, name_of(group.kind), group.constant ? " constant" : "");
    for (NodeId id : group.members) text += hidet::format(" {}", graph.nodes[id].name);
    text += " ->";
    for (ValueId value : group.outputs) text += hidet::format(" {}", graph.values[value].name);
    text += "\n";
  }
  return text;
}

}  // namespace hidet
