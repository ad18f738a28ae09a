#include "passes/with_assumptions.h"

#include <numeric>

#include "passes/replace_buffers.h"

namespace hidet {

namespace {

class Replacer : public BufferRewriter {
 public:
  Replacer(Context& context, std::unordered_map<Buffer, Buffer> buffers)
      : BufferRewriter(context), buffers_(std::move(buffers)) {}

  Buffer replacement(Buffer buffer) override {
    const auto it = buffers_.find(buffer);
    return it == buffers_.end() ? buffer : it->second;
  }

 private:
  std::unordered_map<Buffer, Buffer> buffers_;
};

}  // namespace

Program with_assumptions(const Program& program, const ProgramAssumptions& assumptions) {
  Program result = program;
  for (size_t i = 0; i < program.sizes.size(); ++i)
    result.sizes[i].facts.divisor =
        std::lcm(program.sizes[i].facts.divisor, std::max<int64_t>(1, assumptions.divisor.at(i)));
  std::unordered_map<Buffer, Buffer> buffers;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    if (assumptions.alignment.at(i) <= program.buffers[i]->alignment) continue;
    BufferInfo info = *program.buffers[i];
    info.alignment = assumptions.alignment[i];
    buffers[program.buffers[i]] = result.buffers[i] = program.context->make_buffer(info);
  }
  if (!buffers.empty())
    result.body = Replacer(*program.context, std::move(buffers)).rewrite(program.body);
  return result;
}

}  // namespace hidet
