#include "fuse/stored_values.h"

#include <algorithm>
#include <functional>
#include <set>

#include "graph/operators.h"

namespace hidet {

namespace {

// Operations that are cheaper to do again than to store and load their result.
constexpr int kCheapOperations = 3;
// Values, each at its index, that a kernel evaluates to know one element.
constexpr size_t kMostValues = 400;

class Storer {
 public:
  Storer(const Graph& graph, const Dependence& dependence, Grouping& grouping)
      : graph_(graph), dependence_(dependence), grouping_(grouping) {
    grouping_.stored.assign(graph.values.size(), false);
    for (ValueId value : graph.inputs) grouping_.stored[value] = true;
    for (ValueId value = 0; value < static_cast<ValueId>(graph.values.size()); value++)
      grouping_.constant.push_back(dependence.is_constant(value));
  }

  void run() {
    release_trailing_views();
    store_group_outputs();
    for (NodeId id = 0; id < node_count(); id++) store_repeated_operands(id);
    for (NodeId id = 0; id < node_count(); id++) store_long_evaluations(id);
    for (NodeId id = node_count(); id-- > 0;)
      if (is_floating_node(id) && must_store(id)) grouping_.stored[node(id).outputs[0]] = true;
    for (NodeId id = 0; id < node_count(); id++)
      if (is_floating_node(id) && grouping_.stored[node(id).outputs[0]]) add_pointwise(id);
    for (Group& group : grouping_.groups) finish(group);
    sort_groups();
  }

 private:
  NodeId node_count() const { return static_cast<NodeId>(graph_.nodes.size()); }
  const Node& node(NodeId id) const { return graph_.nodes[id]; }
  NodeId producer(ValueId value) const { return graph_.values[value].producer; }
  bool is_floating_node(NodeId id) const { return grouping_.group_of[id] < 0; }

  // A view at the end of a group of rows is no result of its own: those who read it read what it is
  // a view of.
  void release_trailing_views() {
    for (NodeId id = node_count(); id-- > 0;) {
      const int group = grouping_.group_of[id];
      if (group < 0 || grouping_.groups[group].kind != GroupKind::rowwise) continue;
      const ValueId value = node(id).outputs[0];
      if (!is_strided_view(graph_, id) || dependence_.is_border(value)) continue;
      const std::vector<NodeId>& users = dependence_.users(value);
      if (std::any_of(users.begin(), users.end(),
                      [&](NodeId user) { return grouping_.group_of[user] == group; }))
        continue;
      grouping_.group_of[id] = -1;
      std::vector<NodeId>& members = grouping_.groups[group].members;
      members.erase(std::find(members.begin(), members.end(), id));
    }
  }

  void store_group_outputs() {
    for (NodeId id = 0; id < node_count(); id++) {
      const int group = grouping_.group_of[id];
      if (group < 0) continue;
      for (ValueId value : node(id).outputs) {
        bool outside =
            dependence_.is_border(value) || grouping_.groups[group].kind == GroupKind::aten;
        for (NodeId user : dependence_.users(value))
          outside = outside || grouping_.group_of[user] != group;
        grouping_.stored[value] = grouping_.stored[value] || outside;
      }
    }
  }

  // The value in memory that `value` is a view of, or the first that is computed, not viewed.
  ValueId behind_views(ValueId value) const {
    while (producer(value) >= 0 && !grouping_.stored[value] && is_floating_node(producer(value)) &&
           is_strided_view(graph_, producer(value)))
      value = node(producer(value)).inputs[0];
    return value;
  }

  void store_repeated_operands(NodeId id) {
    std::vector<size_t> operands;
    const OpKind kind = kind_of(node(id).op);
    if (kind == OpKind::contraction) operands = {0};
    if (kind == OpKind::pattern) operands = {1, 2};
    for (size_t operand : operands) {
      ValueId value = behind_views(node(id).inputs[operand]);
      if (grouping_.stored[value]) continue;
      grouping_.stored[value] = true;
      grouping_.refusals.push_back({producer(value), node(id).name,
                                    hidet::format("operand {} is read more than once: its "
                                                  "computation is not repeated",
                                                  operand)});
    }
  }

  // Kernels that evaluate a value that is not stored.
  std::set<int> readers(ValueId value) const {
    std::set<int> result;
    std::set<ValueId> seen;
    std::function<void(ValueId)> go = [&](ValueId at) {
      if (!seen.insert(at).second) return;
      for (NodeId user : dependence_.users(at)) {
        const ValueId computed = node(user).outputs[0];
        if (!is_floating_node(user)) {
          result.insert(grouping_.group_of[user]);
        } else if (grouping_.stored[computed]) {
          result.insert(-1 - user);  // a pointwise group of its own
        } else {
          go(computed);
        }
      }
    };
    go(value);
    return result;
  }

  // What evaluating a value where it is read costs, or more than `limit`. What is read twice at an
  // index is evaluated once; behind another index map, once more. Where maps alone make too many
  // values of one, that is too much, too.
  int operations(ValueId value, int limit) const {
    using Maps = std::vector<NodeId>;
    std::set<std::pair<ValueId, Maps>> seen;
    int count = 0;
    std::function<void(ValueId, const Maps&)> go = [&](ValueId at, const Maps& maps) {
      const NodeId id = producer(at);
      if (count > limit || grouping_.stored[at] || id < 0 || !is_floating_node(id)) return;
      if (!seen.insert({at, maps}).second) return;
      if (seen.size() > kMostValues) count = limit + 1;
      Maps below = maps;
      if (kind_of(node(id).op) == OpKind::index_map)
        below.push_back(id);
      else
        count += evaluation_cost(node(id));
      for (ValueId input : node(id).inputs) go(input, below);
    };
    go(value, {});
    return count;
  }

  void store_long_evaluations(NodeId id) {
    const ValueId value = node(id).outputs[0];
    if (!is_floating_node(id) || grouping_.stored[value] || is_strided_view(graph_, id)) return;
    if (operations(value, kMostOperations) <= kMostOperations) return;
    grouping_.stored[value] = true;
    grouping_.refusals.push_back({id, "those that read it", "evaluating it there takes too long"});
  }

  // Operators of which each kernel that evaluates them has to look whether they read outside.
  static bool looks_up(Op op) { return op == Op::take || op == Op::index || op == Op::gather; }

  // Whether nothing is read out of range unseen: a kernel that evaluates all of the value looks, or
  // each that evaluates any of it does. Kernels of elements look, and kernels of rows for what they
  // store at each element.
  bool is_looked_at(ValueId value) const {
    std::set<std::pair<ValueId, bool>> seen;
    std::set<int> reading, looking;
    bool all = true, whole_is_seen = false;
    std::function<void(ValueId, bool)> go = [&](ValueId at, bool whole) {
      if (!seen.insert({at, whole}).second) return;
      for (NodeId user : dependence_.users(at)) {
        const ValueId computed = node(user).outputs[0];
        if (is_floating_node(user)) {
          const bool still = whole && keeps_elements(user);
          if (!grouping_.stored[computed])
            go(computed, still);
          else
            whole_is_seen = whole_is_seen || still;
          continue;
        }
        const int group = grouping_.group_of[user];
        reading.insert(group);
        if (grouping_.groups[group].kind != GroupKind::rowwise) {
          all = false;
          continue;
        }
        if (reaches_store(user, group, false)) looking.insert(group);
        whole_is_seen = whole_is_seen || (whole && reaches_store(user, group, true));
      }
    };
    go(value, true);
    return whole_is_seen || (all && reading == looking);
  }
  bool keeps_elements(NodeId id) const {
    return kind_of(node(id).op) == OpKind::elementwise || is_bijective_map(graph_, id);
  }
  // Whether a value in memory is computed from the node's within the group, no reduction between;
  // `whole`: from each of its elements.
  bool reaches_store(NodeId id, int group, bool whole) const {
    std::set<NodeId> seen;
    std::function<bool(NodeId)> go = [&](NodeId at) {
      if (grouping_.group_of[at] != group || !seen.insert(at).second ||
          kind_of(node(at).op) == OpKind::reduction || (whole && !keeps_elements(at)))
        return false;
      const ValueId value = node(at).outputs[0];
      const std::vector<NodeId>& users = dependence_.users(value);
      return grouping_.stored[value] || std::any_of(users.begin(), users.end(), go);
    };
    return go(id);
  }

  bool must_store(NodeId id) const {
    const ValueId value = node(id).outputs[0];
    if (grouping_.stored[value] || dependence_.is_border(value)) return true;
    if (node(id).inputs.empty() || is_strided_view(graph_, id)) return false;
    if (dependence_.is_constant(value))
      for (NodeId user : dependence_.users(value))
        if (!dependence_.is_constant(node(user).outputs[0])) return true;
    if (looks_up(node(id).op) && !is_looked_at(value)) return true;
    return operations(value, kCheapOperations) > kCheapOperations && readers(value).size() > 1;
  }

  // Groups that a value depends on, and those among them by way of a value in memory.
  std::set<int> producers(ValueId value) const {
    std::set<int> result;
    std::set<ValueId> seen;
    std::function<void(ValueId)> go = [&](ValueId at) {
      if (!seen.insert(at).second || producer(at) < 0) return;
      if (grouping_.group_of[producer(at)] >= 0) result.insert(grouping_.group_of[producer(at)]);
      for (ValueId input : node(producer(at)).inputs) go(input);
    };
    go(value);
    return result;
  }

  // One kernel for values of one shape that read a common operand, when neither depends on the
  // other.
  void add_pointwise(NodeId id) {
    const ValueId value = node(id).outputs[0];
    const std::set<ValueId> operands = leaves({id});
    const std::set<int> before = producers(value);
    for (size_t i = 0; i < grouping_.groups.size(); i++) {
      Group& group = grouping_.groups[i];
      const int index = static_cast<int>(i);
      if (group.kind != GroupKind::pointwise || before.count(index)) continue;
      const ValueId other = node(group.members[0]).outputs[0];
      if (graph_.values[other].shape != graph_.values[value].shape ||
          dependence_.is_constant(other) != dependence_.is_constant(value))
        continue;
      const std::set<ValueId> theirs = leaves(group.members);
      if (std::none_of(operands.begin(), operands.end(),
                       [&](ValueId v) { return theirs.count(v) > 0; }))
        continue;
      bool cycle = false;
      for (int earlier : before)
        for (NodeId member : grouping_.groups[earlier].members)
          for (ValueId output : node(member).outputs)
            cycle = cycle || producers(output).count(index) > 0;
      if (cycle) continue;
      group.anchors.push_back(id);
      group.members.push_back(id);
      grouping_.group_of[id] = index;
      return;
    }
    grouping_.group_of[id] = static_cast<int>(grouping_.groups.size());
    grouping_.groups.push_back(
        {.kind = GroupKind::pointwise, .anchors = {id}, .members = {id}, .outputs = {}});
  }

  // Values in memory that the kernel of these nodes reads.
  std::set<ValueId> leaves(const std::vector<NodeId>& members) const {
    std::set<ValueId> found, seen;
    std::function<void(ValueId)> go = [&](ValueId value) {
      if (!seen.insert(value).second) return;
      const NodeId id = producer(value);
      const bool member = std::find(members.begin(), members.end(), id) != members.end();
      if (grouping_.stored[value] && !member) {
        found.insert(value);
        return;
      }
      if (id < 0) return;
      for (ValueId input : node(id).inputs) go(input);
    };
    for (NodeId id : members)
      for (ValueId input : node(id).inputs) go(input);
    return found;
  }

  void finish(Group& group) {
    std::sort(group.members.begin(), group.members.end());
    std::sort(group.anchors.begin(), group.anchors.end());
    group.constant = group.kind != GroupKind::aten;
    for (NodeId id : group.members)
      for (ValueId value : node(id).outputs)
        if (grouping_.stored[value]) {
          group.outputs.push_back(value);
          group.constant = group.constant && dependence_.is_constant(value);
        }
  }

  // Stable: a group comes as early as its first member allows.
  void sort_groups() {
    const size_t count = grouping_.groups.size();
    std::vector<std::set<int>> needs(count);
    for (size_t i = 0; i < count; i++)
      for (ValueId value : leaves(grouping_.groups[i].members)) {
        int group = producer(value) < 0 ? -1 : grouping_.group_of[producer(value)];
        if (group >= 0 && group != static_cast<int>(i)) needs[i].insert(group);
      }
    std::vector<int> order, position(count, -1);
    while (order.size() < count) {
      int next = -1;
      for (size_t i = 0; i < count; i++) {
        if (position[i] >= 0) continue;
        bool ready = std::all_of(needs[i].begin(), needs[i].end(),
                                 [&](int before) { return position[before] >= 0; });
        if (ready && (next < 0 ||
                      grouping_.groups[i].members.back() < grouping_.groups[next].members.back()))
          next = static_cast<int>(i);
      }
      HIDET_ASSERT(next >= 0, "fusion groups depend on each other");
      position[next] = static_cast<int>(order.size());
      order.push_back(next);
    }
    std::vector<Group> sorted;
    for (int index : order) sorted.push_back(std::move(grouping_.groups[index]));
    grouping_.groups = std::move(sorted);
    for (int& group : grouping_.group_of)
      if (group >= 0) group = position[group];
  }

  const Graph& graph_;
  const Dependence& dependence_;
  Grouping& grouping_;
};

}  // namespace

void store_values(const Graph& graph, const Dependence& dependence, Grouping& grouping) {
  Storer(graph, dependence, grouping).run();
}

}  // namespace hidet
