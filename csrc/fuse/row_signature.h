// The rows of a reduction over the last axis, and how other values lie relative to them.
#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"

namespace hidet {

// Axes of extent 1 are left out everywhere, so that a kept axis or an unsqueeze makes no
// difference.
struct RowSignature {
  std::vector<SizeExpr> rows;  // kept axes
  SizeExpr n;                  // the reduced axis
  bool operator==(const RowSignature&) const = default;
};

// full: one element for each row and position; row: one for each row.
enum class RowRole : uint8_t { full, row };

// Absent for a reduction that is none over the last axis alone.
std::optional<RowSignature> row_signature(const Graph& graph, const Node& reduction);

// Absent for a shape that is neither.
std::optional<RowRole> row_role(const RowSignature& signature, const std::vector<SizeExpr>& shape);

std::vector<SizeExpr> without_ones(const std::vector<SizeExpr>& shape);

}  // namespace hidet
