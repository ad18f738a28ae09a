// GraphHistory: graphs that were compiled before, for those that are special cases of them.
#pragma once

#include <deque>
#include <mutex>

#include "graph/graph.h"

namespace hidet {

// May be used by several threads.
class GraphHistory {
 public:
  // A graph of ATen calls whose kernels exist. Kept if it has symbols, while there is room.
  void add(const Graph& graph);
  // The most general graph that `special` is a case of, with its arguments (bind_general).
  std::optional<Graph> general_of(const Graph& special) const;

 private:
  mutable std::mutex mutex_;
  std::deque<Graph> graphs_;  // newest first
};

}  // namespace hidet
