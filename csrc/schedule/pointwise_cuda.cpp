#include <bit>

#include "schedule/pointwise.h"
#include "schedule/size_binder.h"
#include "schedule/vector_run.h"

namespace hidet {

namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kElements = 4;  // of a thread, at least

// Threads along the last axis, each with a run of neighbours: all of them, unless it is known to be
// shorter.
int64_t threads_along(const std::vector<SizeExpr>& extents, int64_t run) {
  if (extents.empty()) return 1;
  const int64_t n = extents.back().as_constant().value_or(kThreads * run);
  const auto needed = static_cast<uint64_t>(std::max<int64_t>(1, (n + run - 1) / run));
  return std::min(kThreads, static_cast<int64_t>(std::bit_ceil(needed)));
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
  const int64_t run = problem.extents.empty()
                          ? 1
                          : vector_run(problem.extents.back(), problem.outputs, problem.inputs);
  const int64_t runs = std::max<int64_t>(1, kElements / run);
  const int64_t width = threads_along(problem.extents, run), height = kThreads / width;
  const Expr rows = domain[domain.size() - 2], n = domain.back();
  // No elements: a block that does nothing, since no mapping is empty.
  const Expr spread = is_int(n, 0) ? b.index(1) : n;
  std::vector<Expr> grid(domain.begin(), domain.end() - 2);
  std::vector<std::string> names(grid.size(), "g");
  const int64_t chunk = width * run * runs;
  grid.push_back((rows + (height - 1)) / height);
  grid.push_back((spread + (chunk - 1)) / chunk);
  names.insert(names.end(), {"strip", "chunk"});
  b.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    const std::vector<Expr> outer(task.begin(), task.end() - 2);
    const Expr first_row = task[task.size() - 2] * height, first = task.back() * chunk;
    b.tasks({"i", "j"}, WorkerScope::thread,
            b.repeat({1, runs}) * b.spatial({height, width}) * b.repeat({1, run}),
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
  kernel.work.threads = kThreads;
  // A constant extent is no size.
  if (run > 1 && !problem.extents.back().is_constant())
    kernel.vector_axes.push_back({kernel.sizes.size() - 1, run});
  KernelSequence sequence{
      .template_name = "pointwise_cuda",
      .params = hidet::format("threads {} x {}, elements {} x {}", height, width, runs, run),
      .reason = hidet::format("{} threads, along the last axis as far as it goes; a run of {} is "
                              "one access of up to 16 bytes",
                              kThreads, run)};
  sequence.kernels.push_back(std::move(kernel));
  return sequence;
}

}  // namespace hidet
