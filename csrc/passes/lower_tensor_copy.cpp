#include "passes/lower_tensor_copy.h"

namespace hidet {

Stmt lower_tensor_copy(const Copy& node, const TileAccess& access) {
  Context& context = *node.context;
  const Tile &target = node.target, &source = node.source;
  HIDET_ASSERT(!source.buffer && !source.transposed && !target.transposed &&
                   source.slices.back().extent && target.slices.back().extent,
               "a copy by TMA keeps the axis that lies side by side");
  const auto& layout = target.buffer->layout;
  const bool swizzled = layout && layout->swizzle().bits;
  const auto columns = as_int(source.slices.back().extent);
  const int64_t width = swizzled ? layout->swizzle().block() : columns.value_or(0);
  HIDET_ASSERT(width > 0 && columns && *columns % width == 0, "boxes of {} in a row", width);
  std::vector<Stmt> boxes;
  for (int64_t column = 0; column < *columns; column += width) {
    Instruction load{.name = "tma_load"};
    std::vector<Expr> to, from;
    for (const Slice& slice : target.slices) to.push_back(slice.start);
    for (const Slice& slice : source.slices) from.push_back(slice.start);
    to.back() = to.back() + column;
    from.back() = from.back() + column;
    load.addresses = {{target.buffer, to}, {node.signal, {node.signal_index}}};
    load.values.push_back(context.site_read(source.site, access.type(source), from));
    for (const Slice& slice : source.slices)
      load.values.push_back(slice.extent ? slice.extent : context.index(1));
    load.values.back() = context.index(width);
    load.values.push_back(
        context.index(swizzled ? width * bytes_of(target.buffer->type.dtype) : 0));
    boxes.push_back(context.make(std::move(load)));
  }
  return context.block(std::move(boxes));
}

}  // namespace hidet
