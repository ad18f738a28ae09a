#include "passes/vector_registers.h"

#include "passes/scoped_rewriter.h"

namespace hidet {

namespace {

class ToVectors : public ScopedRewriter {
 public:
  ToVectors(const Program& program, std::unordered_map<Buffer, int> lanes)
      : ScopedRewriter(program), lanes_(std::move(lanes)) {}

 protected:
  Buffer replacement(Buffer buffer) override {
    auto found = lanes_.find(buffer);
    if (found == lanes_.end()) return buffer;
    Buffer& wide = vectors_[buffer];
    if (!wide) {
      BufferInfo info = *buffer;
      info.type = buffer->type.with_lanes(found->second);
      info.shape = {analyzer_.simplify(buffer->shape[0] / found->second)};
      wide = context_.make_buffer(std::move(info));
    }
    return wide;
  }

  std::vector<Expr> reindex(Buffer buffer, std::vector<Expr> index) override {
    auto found = lanes_.find(buffer);
    if (found == lanes_.end()) return index;
    const int64_t lanes = found->second;
    const auto* ramp = index[0].as<Ramp>();
    HIDET_ASSERT(ramp && ramp->type.lanes == lanes && is_int(ramp->stride, 1) &&
                     analyzer_.divides(lanes, ramp->base),
                 "register tile {} is accessed across its lanes", buffer->name);
    return {analyzer_.simplify(ramp->base / lanes)};
  }

 private:
  std::unordered_map<Buffer, int> lanes_;
  std::unordered_map<Buffer, Buffer> vectors_;
};

}  // namespace

Program vector_registers(const Program& program) {
  std::unordered_map<Buffer, int> lanes;
  const auto look = [&](Buffer buffer, Expr index) {
    if (buffer->scope != Scope::registers || !index.type().is_vector()) return;
    lanes[buffer] = std::max(lanes[buffer], index.type().lanes);
  };
  walk(program.body, [&](Stmt s) {
    if (const auto* n = s.as<Load>()) look(n->buffer, n->index[0]);
    if (const auto* n = s.as<Store>()) look(n->buffer, n->index[0]);
  });
  Program result = program;
  result.body = ToVectors(program, std::move(lanes)).rewrite(program.body);
  return result;
}

}  // namespace hidet
