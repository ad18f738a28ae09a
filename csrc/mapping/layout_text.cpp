#include "mapping/text.h"
#include "mapping/text_scanner.h"

namespace hidet {

std::string to_string(const Layout<int64_t>& layout) {
  bool plain = layout.rank() > 0;
  for (int axis = 0; axis < layout.rank(); ++axis) {
    plain = plain && layout.modes(axis) == row_major(layout.shape()).modes(axis);
  }
  std::string text = plain ? "row_major(" : "layout(";
  for (int axis = 0; axis < layout.rank(); ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string(layout.shape()[axis]);
    if (plain) continue;
    text += ":";
    for (const Mode<int64_t>& mode : layout.modes(axis)) {
      text += hidet::format(" {}@{}", mode.extent, mode.stride);
    }
  }
  text += ")";
  if (layout.base_offset() != 0) text += hidet::format(" offset {}", layout.base_offset());
  const Swizzle& swizzle = layout.swizzle();
  if (swizzle.bits != 0) {
    text += hidet::format(" swizzle {} {} {}", swizzle.bits, swizzle.base, swizzle.shift);
  }
  return text;
}

Layout<int64_t> parse_layout(std::string_view text) {
  TextScanner scanner(text);
  const bool plain = scanner.take("row_major");
  if (!plain) scanner.expect("layout");
  scanner.expect("(");
  std::vector<int64_t> shape;
  std::vector<std::vector<Mode<int64_t>>> modes;
  while (!scanner.take(")")) {
    if (!shape.empty()) scanner.expect(",");
    shape.push_back(scanner.number());
    if (plain) continue;
    scanner.expect(":");
    int64_t extent = 1;
    modes.emplace_back();
    while (scanner.at_number()) {
      const int64_t mode_extent = scanner.number();
      scanner.expect("@");
      modes.back().push_back({mode_extent, scanner.number()});
      extent = index_mul(extent, mode_extent);
    }
    if (extent < shape.back()) {
      scanner.fail(hidet::format("modes over {} indices for {}", extent, shape.back()));
    }
  }
  const int64_t base = scanner.take("offset") ? scanner.number() : 0;
  Swizzle swizzle;
  if (scanner.take("swizzle")) {
    const auto small = [&] { return static_cast<int>(std::min<int64_t>(scanner.number(), 1000)); };
    swizzle.bits = small();
    swizzle.base = small();
    swizzle.shift = small();
  }
  scanner.expect_end();
  if (plain) {
    const Layout<int64_t> layout = row_major(shape);
    for (int axis = 0; axis < layout.rank(); ++axis) modes.push_back(layout.modes(axis));
  }
  return {shape, modes, base, swizzle};
}

}  // namespace hidet
