#include "schedule/matmul_simt.h"

#include <cmath>

#include "schedule/size_binder.h"

namespace hidet {

std::string SimtParams::to_string() const {
  return hidet::format("tile {} x {} x {}, warps {} x {}", rows(), columns(), k, warps_m, warps_n);
}

std::vector<SimtParams> simt_space() {
  std::vector<SimtParams> space;
  for (const auto& [warps_m, warps_n] : {std::pair{4, 2}, {2, 2}, {2, 1}, {1, 2}})
    for (const int repeats_m : {1, 2})
      for (const int repeats_n : {1, 2})
        for (const int k : {8, 16}) space.push_back({warps_m, warps_n, repeats_m, repeats_n, k});
  return space;
}

namespace {

// Threads of a multiprocessor that hide the latency of its units and of memory.
constexpr double kThreadsToFill = 512;
// Steps of the main loop that the prologue and the epilogue of a block cost.
constexpr double kStepsAround = 4;

// Seconds, up to a factor that all points of the space share.
double predicted_time(const SimtParams& p, double m, double n, double k, double batch,
                      const Target& target) {
  const double blocks = std::ceil(m / p.rows()) * std::ceil(n / p.columns()) * batch;
  const double of_processor = std::max(1.0, std::floor(kThreadsToFill / p.threads()));
  const double slots = of_processor * std::max(1, target.cuda.multiprocessors);
  const double waves = std::ceil(blocks / slots);
  // Of a step: products, and reads of shared memory (a row and a column of a thread's tile).
  const double products = p.repeats_m * p.repeats_n * 16.0;
  const double reads = 4.0 * (p.repeats_m + p.repeats_n);
  const double step = (products + 2 * reads) * p.k * p.threads() * of_processor;
  const double filled = std::min(1.0, of_processor * p.threads() / kThreadsToFill);
  return waves * step * (std::ceil(k / p.k) + kStepsAround) / filled;
}

double number(const SizeExpr& size, double otherwise) {
  return static_cast<double>(size.as_constant().value_or(static_cast<int64_t>(otherwise)));
}

class SimtKernel {
 public:
  SimtKernel(const MatmulProblem& problem, const SimtParams& params, const Target& target)
      : p_(problem),
        params_(params),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "matmul", target.name),
        sizes_(b_) {
    b_.threads(params.threads());
  }

  ScheduledKernel build() {
    for (const SizeExpr& extent : p_.batch) batch_.push_back(sizes_.argument(extent, "batch"));
    const Expr m = sizes_.argument(p_.m, "m"), n = sizes_.argument(p_.n, "n"),
               k = sizes_.argument(p_.k, "k");
    b_.site(SiteKind::read, "A", p_.a, shape({m, k}, true));
    b_.site(SiteKind::read, "B", p_.b, shape({k, n}, p_.b_has_batch));
    b_.site(SiteKind::store, "C", p_.result, shape({m, n}, true));
    const int64_t rows = params_.rows(), columns = params_.columns();
    std::vector<Expr> grid = batch_;
    std::vector<std::string> names(batch_.size(), "g");
    grid.insert(grid.end(), {(m + (rows - 1)) / rows, (n + (columns - 1)) / columns});
    names.insert(names.end(), {"y", "x"});
    b_.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
      g_.assign(task.begin(), task.end() - 2);
      tile(task[task.size() - 2] * rows, task.back() * columns, k);
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    kernel_.multiply_adds = product(p_.batch) * p_.m * p_.n * p_.k;
    return std::move(kernel_);
  }

 private:
  std::vector<Expr> shape(std::initializer_list<Expr> rest, bool has_batch) const {
    std::vector<Expr> result = has_batch ? batch_ : std::vector<Expr>();
    result.insert(result.end(), rest);
    return result;
  }
  Tile part(const char* site, Slice row, Slice column, bool has_batch) const {
    Tile tile{.site = site};
    if (has_batch)
      for (const Expr g : g_) tile.slices.push_back({g, Expr()});
    tile.slices.insert(tile.slices.end(), {row, column});
    return tile;
  }
  Tile stage(Buffer buffer, Expr which) const {
    Tile tile{.buffer = buffer};
    tile.slices = {
        {which, Expr()}, {b_.index(0), buffer->shape[1]}, {b_.index(0), buffer->shape[2]}};
    return tile;
  }

  // The tile of C that begins at (row, column).
  void tile(Expr row, Expr column, Expr k) {
    const int64_t rows = params_.rows(), columns = params_.columns(), step = params_.k;
    const int64_t threads = params_.threads();
    const Mapping in_a = b_.repeat({rows * step / threads, 1}) * b_.spatial({threads / step, step});
    const int64_t across = std::min(columns, threads);
    const Mapping in_b = b_.repeat({step * across / threads, columns / across}) *
                         b_.spatial({threads / across, across});
    const Mapping out = b_.spatial({params_.warps_m, params_.warps_n}) *
                        b_.repeat({params_.repeats_m, params_.repeats_n}) * b_.spatial({4, 8}) *
                        b_.repeat({4, 4});
    const Expr two = b_.index(2);
    Buffer a = b_.shared("a", p_.accumulator, {two, b_.index(rows), b_.index(step)},
                         padded<Expr>({two, b_.index(rows), b_.index(step)}, 1));
    Buffer b = b_.shared("b", p_.accumulator, {two, b_.index(step), b_.index(columns)});
    Buffer next_a = b_.registers("next_a", p_.accumulator, in_a);
    Buffer next_b = b_.registers("next_b", p_.accumulator, in_b);
    Buffer sums = b_.registers("sums", p_.accumulator, out);
    const auto of_a = [&](Expr q) {
      return part("A", {row, b_.index(rows)}, {q, b_.index(step)}, true);
    };
    const auto of_b = [&](Expr q) {
      return part("B", {q, b_.index(step)}, {column, b_.index(columns)}, p_.b_has_batch);
    };
    b_.fill(sums, b_.constant(p_.accumulator, 0));
    Builder::RegisterProducer produce;
    produce.fill = [&](Expr t, Expr part) {
      b_.copy(stage(a, part), of_a(t * step), in_a);
      b_.copy(stage(b, part), of_b(t * step), in_b);
    };
    produce.fetch = [&](Expr t) {
      b_.copy(b_.whole(next_a), of_a(t * step));
      b_.copy(b_.whole(next_b), of_b(t * step));
    };
    produce.put = [&](Expr part) {
      b_.copy(stage(a, part), b_.whole(next_a));
      b_.copy(stage(b, part), b_.whole(next_b));
    };
    b_.pipeline((k + (step - 1)) / step, produce,
                [&](Expr, Expr part) { b_.mma(b_.whole(sums), stage(a, part), stage(b, part)); });
    b_.copy(part("C", {row, b_.index(rows)}, {column, b_.index(columns)}, true), b_.whole(sums));
  }

  const MatmulProblem& p_;
  const SimtParams params_;
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  std::vector<Expr> batch_, g_;
};

}  // namespace

SimtParams pick_simt_params(const MatmulProblem& problem, const Target& target) {
  constexpr double kUnknownRows = 512, kUnknownBatch = 1;
  double batch = 1;
  for (const SizeExpr& extent : problem.batch) batch *= number(extent, kUnknownBatch);
  SimtParams best;
  double least = INFINITY;
  for (const SimtParams& p : simt_space()) {
    const double time = predicted_time(p, number(problem.m, kUnknownRows), number(problem.n, 512),
                                       number(problem.k, 512), batch, target);
    if (time < least) least = time, best = p;
  }
  return best;
}

Result<KernelSequence> matmul_simt(const MatmulProblem& problem, const SimtParams& params,
                                   const Target& target) {
  HIDET_DECLINE_UNLESS(is_floating(problem.a) && is_floating(problem.b),
                       "a product of {} and {}: only floating types are multiplied here",
                       name_of(problem.a), name_of(problem.b));
  KernelSequence sequence{.template_name = "matmul_simt", .params = params.to_string()};
  sequence.kernels.push_back(SimtKernel(problem, params, target).build());
  return sequence;
}

}  // namespace hidet
