#include "driver/graph_history.h"

#include "graph/bind_general.h"
#include "graph/expand_operators.h"

namespace hidet {

namespace {
constexpr size_t kGraphs = 64;
}

void GraphHistory::add(const Graph& graph) {
  if (graph.symbols.empty()) return;
  std::lock_guard lock(mutex_);
  graphs_.push_front(graph);
  if (graphs_.size() > kGraphs) graphs_.pop_back();
}

std::optional<Graph> GraphHistory::general_of(const Graph& special) const {
  std::lock_guard lock(mutex_);
  std::optional<Graph> found;
  size_t symbols = special.symbols.size();
  for (const Graph& graph : graphs_) {
    if (graph.symbols.size() <= symbols) continue;
    auto bound = bind_general(graph, special);
    if (bound && !assumes_equal_sizes(expand_operators(*bound))) {
      found = std::move(bound);
      symbols = graph.symbols.size();
    }
  }
  return found;
}

}  // namespace hidet
