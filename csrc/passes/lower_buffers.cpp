#include "passes/lower_buffers.h"

#include "mapping/owner.h"
#include "passes/scoped_rewriter.h"

namespace hidet {

namespace {

class Flattener : public ScopedRewriter {
 public:
  explicit Flattener(const Program& program)
      : ScopedRewriter(program), private_registers_(program.threads > 0) {}

  Buffer replacement(Buffer buffer) override {
    auto [it, inserted] = flat_.emplace(buffer, nullptr);
    if (!inserted) return it->second;
    if (buffer->scope == Scope::barrier) return it->second = buffer;
    BufferInfo info = *buffer;
    Expr size = context_.index(1);
    if (buffer->mapping) {
      size = buffer->mapping->local_size();
      if (!private_registers_) size = size * buffer->mapping->workers();
    } else if (buffer->layout) {
      size = buffer->layout->size();
    } else {
      for (Expr extent : buffer->shape) size = size * extent;
    }
    info.shape = {analyzer_.simplify(size)};
    info.layout.reset();
    info.mapping.reset();
    return it->second = context_.make_buffer(std::move(info));
  }

 protected:
  std::vector<Expr> reindex(Buffer buffer, std::vector<Expr> index) override {
    return {analyzer_.simplify(flat_index(buffer, index))};
  }

 private:
  Expr flat_index(Buffer buffer, std::vector<Expr> index) {
    HIDET_ASSERT(index.size() == buffer->shape.size(), "{} indices for {} of rank {}", index.size(),
                 buffer->name, buffer->shape.size());
    if (index.empty()) return context_.index(0);
    int lanes = 1;
    for (Expr e : index) lanes = std::max(lanes, e.type().lanes);
    for (Expr& e : index) e = context_.broadcast(e, lanes);
    if (buffer->mapping) {
      const Owner<Expr> owner = owner_of(*buffer->mapping, index);
      Expr slot = context_.constant(index[0].type(), int64_t{0});
      const std::vector<Expr> extents = buffer->mapping->repeat_extents();
      for (size_t i = 0; i < extents.size(); ++i) slot = slot * extents[i] + owner.repeats[i];
      return private_registers_ ? slot : slot * buffer->mapping->workers() + owner.worker;
    }
    if (buffer->layout) return buffer->layout->offset(index);
    Expr flat = index[0];
    for (size_t axis = 1; axis < index.size(); ++axis)
      flat = flat * buffer->shape[axis] + index[axis];
    return flat;
  }

  std::unordered_map<Buffer, Buffer> flat_;
  const bool private_registers_;  // of a thread of CUDA; lanes of a CPU lie in one array
};

}  // namespace

Program lower_buffers(const Program& program) {
  Flattener flattener(program);
  Program result = program;
  result.body = flattener.rewrite(program.body);
  for (Buffer& buffer : result.buffers) buffer = flattener.replacement(buffer);
  result.level = Level::loops;
  return result;
}

}  // namespace hidet
