#include <bit>

#include "schedule/pointwise.h"
#include "schedule/size_binder.h"

namespace hidet {

namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kElements = 4;  // of a thread, a block's width apart: neighbours read neighbours

// Threads along the last axis: all of them, unless it is known to be shorter.
int64_t threads_along(const std::vector<SizeExpr>& extents) {
  if (extents.empty()) return 1;
  const int64_t n = extents.back().as_constant().value_or(kThreads);
  return std::min(kThreads, static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(n))));
}

}  // namespace

Result<KernelSequence> pointwise_cuda(const PointwiseProblem& problem, const Target& target) {
  ScheduledKernel kernel{.context = std::make_shared<Context>()};
  Builder b(*kernel.context, "pointwise", target.name);
  b.threads(kThreads);
  SizeBinder sizes(b);
  std::vector<Expr> shape;
  for (size_t i = 0; i < problem.extents.size(); i++)
    shape.push_back(i + 1 < problem.extents.size() ? sizes.argument(problem.extents[i], "rows")
                                                   : sizes.lower(problem.extents[i]));
  for (size_t q = 0; q < problem.outputs.size(); q++) {
    b.site(SiteKind::read, hidet::format("value_{}", q), problem.outputs[q], shape);
    b.site(SiteKind::store, hidet::format("out_{}", q), problem.outputs[q], shape);
  }
  // A domain of less than two axes has axes of one element in front.
  std::vector<Expr> domain = shape;
  while (domain.size() < 2) domain.insert(domain.begin(), b.index(1));
  const int64_t width = threads_along(problem.extents), height = kThreads / width;
  const Expr rows = domain[domain.size() - 2], n = domain.back();
  std::vector<Expr> grid(domain.begin(), domain.end() - 2);
  std::vector<std::string> names(grid.size(), "g");
  const int64_t chunk = width * kElements;
  grid.push_back((rows + (height - 1)) / height);
  grid.push_back((n + (chunk - 1)) / chunk);
  names.insert(names.end(), {"strip", "chunk"});
  b.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    const std::vector<Expr> outer(task.begin(), task.end() - 2);
    const Expr first_row = task[task.size() - 2] * height, first = task.back() * chunk;
    b.tasks({"i", "j"}, WorkerScope::thread, b.repeat({1, kElements}) * b.spatial({height, width}),
            [&](const std::vector<Expr>& at) {
              std::vector<Expr> index = outer;
              index.insert(index.end(), {first_row + at[0], first + at[1]});
              index.erase(index.begin(), index.end() - static_cast<std::ptrdiff_t>(shape.size()));
              for (size_t q = 0; q < problem.outputs.size(); q++)
                b.store_site(hidet::format("out_{}", q), index,
                             b.read(hidet::format("value_{}", q), index));
            },
            {rows - first_row, n - first});
  });
  kernel.program = b.finish();
  kernel.sizes = sizes.arguments();
  KernelSequence sequence{
      .template_name = "pointwise_cuda",
      .params = hidet::format("threads {} x {}, elements {}", height, width, kElements)};
  sequence.kernels.push_back(std::move(kernel));
  return sequence;
}

}  // namespace hidet
