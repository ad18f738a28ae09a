// KernelArguments: what a kernel reads and writes in memory, and the values that it computes.
#pragma once

#include <map>
#include <set>
#include <string>

#include "fuse/groups.h"
#include "schedule/kernel_sequence.h"

namespace hidet {

// One kernel of a group while its sites are filled. Buffers and sizes are added to the program as
// the definitions ask for them.
class KernelArguments {
 public:
  KernelArguments(const Graph& graph, const Grouping& grouping, const Group& group,
                  ScheduledKernel& kernel);

  Context& context() const { return *kernel_.context; }
  // A constant, or an argument of the kernel.
  Expr size(const SizeExpr& size);
  // The memory of a stored value.
  Buffer input(ValueId value) { return buffer(value, Scope::constant); }
  Buffer output(ValueId value) { return buffer(value, Scope::global); }

  // The value's element at an index: known, computed when its node is in this group or in none,
  // else read from memory.
  Expr read(ValueId value, std::vector<Expr> index);
  // Whether read() takes the value from memory or knows it.
  bool is_read(ValueId value) const;
  // Whether the value is in memory, and not of this kernel's making.
  bool is_in_memory(ValueId value) const;
  // Operators whose positions the kernel reports when they are out of range.
  void note_report(const std::string& node) { reports_.insert(node); }
  const std::set<std::string>& reports() const { return reports_; }
  // The value of a node's result at an index, by its definition.
  Expr define(ValueId value, const std::vector<Expr>& index);
  // From now on `value` is `element`, at whatever index it is asked for: the caller sees to it that
  // it is asked for at one.
  void know(ValueId value, Expr element) {
    known_[value] = element;
    defined_.clear();
  }
  void forget() {
    known_.clear();
    defined_.clear();
  }

  // Whether the memory of buffer `i` is allocated by the plan, and begins where any vector may.
  bool is_allocated(size_t i) const;
  // What is known to divide a size of the graph.
  int64_t divisor(const SizeExpr& size) const;

  // By position in program.buffers: the value, or -1 for a workspace of the sequence.
  const std::vector<ValueId>& values() const { return values_; }

 private:
  Buffer buffer(ValueId value, Scope scope);
  Expr define_anew(ValueId value, const std::vector<Expr>& index);

  const Graph& graph_;
  const Grouping& grouping_;
  const Group& group_;
  ScheduledKernel& kernel_;
  std::vector<ValueId> values_;
  std::map<std::pair<ValueId, Scope>, Buffer> buffers_;
  std::map<ValueId, Expr> known_;
  std::set<std::string> reports_;
  // What define() gave: a value that is used twice is defined once.
  std::map<std::pair<ValueId, std::vector<const ExprNode*>>, Expr> defined_;
};

}  // namespace hidet
