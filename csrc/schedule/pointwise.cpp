#include "schedule/pointwise.h"

#include "schedule/size_binder.h"

namespace hidet {

namespace {
// Elements of the last axis in one task: short enough for several threads, long
// enough that starting a task costs nothing.
constexpr int64_t kChunk = 2048;

// Whether the last axis is known to have fewer than `lanes` elements.
bool is_shorter(const std::vector<SizeExpr>& extents, int64_t lanes) {
  return !extents.empty() && extents.back().as_constant().value_or(lanes) < lanes;
}
}  // namespace

Result<KernelSequence> pointwise(const PointwiseProblem& problem, const Target& target) {
  ScheduledKernel kernel{.context = std::make_shared<Context>()};
  Builder b(*kernel.context, "pointwise", target.name);
  SizeBinder sizes(b);
  DType widest = DType::f32;
  for (DType dtype : problem.outputs)
    if (bytes_of(dtype) > bytes_of(widest)) widest = dtype;
  const int64_t lanes = target.lanes(widest);

  std::vector<Expr> shape;
  for (size_t i = 0; i < problem.extents.size(); i++)
    shape.push_back(i + 1 < problem.extents.size() ? sizes.argument(problem.extents[i], "rows")
                                                   : sizes.lower(problem.extents[i]));
  const bool scalar = shape.empty();
  for (size_t q = 0; q < problem.outputs.size(); q++) {
    b.site(SiteKind::read, hidet::format("value_{}", q), problem.outputs[q], shape);
    b.site(SiteKind::store, hidet::format("out_{}", q), problem.outputs[q], shape);
  }
  std::vector<Expr> outer(shape.begin(), scalar ? shape.end() : shape.end() - 1);
  Expr n = scalar ? b.index(1) : shape.back();
  auto element = [&](const std::vector<Expr>& row, Expr j) {
    std::vector<Expr> index = row;
    if (!scalar) index.push_back(j);
    for (size_t q = 0; q < problem.outputs.size(); q++)
      b.store_site(hidet::format("out_{}", q), index, b.read(hidet::format("value_{}", q), index));
  };

  std::vector<Expr> grid = outer;
  grid.push_back((n + (kChunk - 1)) / kChunk);
  std::vector<std::string> names(outer.size(), "row");
  names.push_back("chunk");
  b.tasks(names, WorkerScope::core, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    std::vector<Expr> row(task.begin(), task.end() - 1);
    Expr start = task.back() * kChunk;
    Expr count = b.let("count", b.context().call(Function::min, {b.index(kChunk), n - start}));
    const bool has_vectors = !is_shorter(problem.extents, lanes);
    Expr vectors = has_vectors ? count / lanes : b.index(0);
    if (has_vectors)
      b.loop("v", vectors, [&](Expr v) {
        b.tasks({"lane"}, WorkerScope::lane, b.spatial({lanes}),
                [&](const std::vector<Expr>& lane) { element(row, start + v * lanes + lane[0]); });
      });
    b.loop("r", count - vectors * lanes,
           [&](Expr r) { element(row, start + vectors * lanes + r); });
  });
  kernel.program = b.finish();
  kernel.sizes = sizes.arguments();
  int64_t width =
      problem.extents.empty() ? 1 : problem.extents.back().as_constant().value_or(kChunk);
  kernel.task_cost = std::min(width, kChunk) * static_cast<int64_t>(problem.outputs.size());

  KernelSequence sequence{.template_name = "pointwise",
                          .params = hidet::format("chunk {}", kChunk),
                          .reason =
                              "elements of a task: few enough for several threads, enough "
                              "that its start costs nothing"};
  sequence.kernels.push_back(std::move(kernel));
  return sequence;
}

}  // namespace hidet
