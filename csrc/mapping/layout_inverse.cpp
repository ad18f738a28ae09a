#include "mapping/layout_inverse.h"

namespace hidet {

namespace {

struct PlacedMode {
  int axis;
  int64_t weight;  // of its digit in the index of the axis
  Mode<int64_t> mode;
};

// All modes, by falling stride.
std::vector<PlacedMode> placed_modes(const Layout<int64_t>& layout) {
  std::vector<PlacedMode> placed;
  for (int axis = 0; axis < layout.rank(); ++axis) {
    int64_t weight = 1;
    const auto& modes = layout.modes(axis);
    for (size_t i = modes.size(); i-- > 0; weight *= modes[i].extent) {
      placed.push_back({axis, weight, modes[i]});
    }
  }
  std::stable_sort(placed.begin(), placed.end(), [](const PlacedMode& a, const PlacedMode& b) {
    return a.mode.stride > b.mode.stride;
  });
  return placed;
}

}  // namespace

bool is_injective(const Layout<int64_t>& layout) {
  const std::vector<PlacedMode> placed = placed_modes(layout);
  int64_t span = 1;
  for (size_t i = placed.size(); i-- > 0;) {
    if (placed[i].mode.stride < span) return false;
    span += (placed[i].mode.extent - 1) * placed[i].mode.stride;
  }
  return true;
}

bool is_bijective(const Layout<int64_t>& layout) {
  if (!is_injective(layout)) return false;
  int64_t elements = 1;
  for (int64_t extent : layout.shape()) elements = index_mul(elements, extent);
  return elements == layout.size();
}

std::optional<std::vector<int64_t>> index_at(const Layout<int64_t>& layout, int64_t offset) {
  HIDET_ASSERT(is_injective(layout), "an inverse of a layout that is not injective");
  if (offset < 0 || offset >= layout.size()) return std::nullopt;
  int64_t rest = layout.swizzle().apply(offset) - layout.base_offset();
  if (rest < 0) return std::nullopt;
  std::vector<int64_t> index(layout.rank(), 0);
  for (const PlacedMode& placed : placed_modes(layout)) {
    const int64_t digit = rest / placed.mode.stride;
    if (digit >= placed.mode.extent) return std::nullopt;
    index[placed.axis] += digit * placed.weight;
    rest -= digit * placed.mode.stride;
  }
  if (rest != 0) return std::nullopt;
  for (int axis = 0; axis < layout.rank(); ++axis) {
    if (index[axis] >= layout.shape()[axis]) return std::nullopt;
  }
  return index;
}

}  // namespace hidet
