// AsyncGroups: what a thread (or a warpgroup) has started and not yet waited for, in groups.
#pragma once

#include <deque>
#include <iterator>
#include <utility>
#include <vector>

namespace hidet {

template <class Operation>
class AsyncGroups {
 public:
  void add(Operation operation) { open_.push_back(std::move(operation)); }
  // What was added since becomes a group; an empty one counts, too.
  void commit() { groups_.push_back(std::exchange(open_, {})); }
  // The operations of all but the `leaving` youngest groups, in the order they were added. Those
  // not in a group yet are not waited for.
  std::vector<Operation> wait(size_t leaving) {
    std::vector<Operation> finished;
    for (; groups_.size() > leaving; groups_.pop_front())
      finished.insert(finished.end(), std::make_move_iterator(groups_.front().begin()),
                      std::make_move_iterator(groups_.front().end()));
    return finished;
  }

 private:
  std::vector<Operation> open_;
  std::deque<std::vector<Operation>> groups_;
};

}  // namespace hidet
