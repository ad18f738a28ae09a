// Fusion groups: which nodes of a graph share a kernel, which values are stored between kernels,
// and why a fusion that might have been was not.
//
// Every value is either stored (by the group that computes it) or evaluated wherever it is read. A
// group has one template and its anchors: the nodes that the template schedules. What stands before
// an anchor is its prologue, evaluated where the template reads; `epilogue` are the nodes evaluated
// on the anchor's result before it is stored.
#pragma once

#include "fuse/dependence.h"
#include "graph/graph.h"

namespace hidet {

enum class GroupKind : uint8_t { matmul, attention, rowwise, reduce, pointwise, aten };
std::string_view name_of(GroupKind kind);

struct Group {
  GroupKind kind;
  std::vector<NodeId> anchors;   // rowwise: the reductions, in order
  std::vector<NodeId> members;   // anchors and epilogue, in topological order
  std::vector<ValueId> outputs;  // stored values, in topological order
  // Depends on weights alone: runs once, and again when a weight changes.
  bool constant = false;
};

struct Refusal {
  NodeId node;       // what was not fused
  std::string with;  // the group or template that declined
  std::string reason;
};

struct Grouping {
  std::vector<Group> groups;   // in an order that respects dependences
  std::vector<int> group_of;   // by node; -1: evaluated where it is read
  std::vector<bool> stored;    // by value: graph inputs and outputs of groups
  std::vector<bool> constant;  // by value: depends on weights alone
  std::vector<Refusal> refusals;
};

// What the members of a group cost together at most (evaluation_cost), and what a value that is
// evaluated where it is read. Why: a kernel's text, and the time to make it, grow with what it
// evaluates times its unrolling; past this, memory is not what a kernel waits for.
inline constexpr int kMostOperations = 100;

Grouping form_groups(const Graph& graph);

// The groups, a line each, with their values.
std::string print(const Grouping& grouping, const Graph& graph);

}  // namespace hidet
