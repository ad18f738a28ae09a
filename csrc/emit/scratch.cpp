#include "emit/scratch.h"

#include "ir/visit.h"

namespace hidet {

namespace {
constexpr int64_t kStackBytes = 16 << 10;  // a larger local buffer goes to the scratch
constexpr int64_t kLine = 64;
}  // namespace

std::optional<int64_t> constant_size(Buffer buffer) {
  int64_t size = 1;
  for (Expr extent : buffer->shape) {
    const auto value = as_int(extent);
    if (!value) return std::nullopt;
    size *= *value;
  }
  return size;
}

Scratch place_scratch(const Program& program) {
  Context& context = *program.context;
  Scratch scratch{{}, context.index(0)};
  walk(program.body, [&](Stmt s) {
    const auto* allocate = s.as<Allocate>();
    if (!allocate || allocate->buffer->scope != Scope::local) return;
    Buffer buffer = allocate->buffer;
    const auto size = constant_size(buffer);
    if (size && *size * bytes_of(buffer->type.dtype) <= kStackBytes) return;
    Expr bytes = context.index(bytes_of(buffer->type.dtype));
    for (Expr extent : buffer->shape) bytes = bytes * extent;
    scratch.buffers.push_back({buffer, scratch.bytes});
    scratch.bytes = scratch.bytes + (bytes + (kLine - 1)) / kLine * kLine;
  });
  return scratch;
}

}  // namespace hidet
