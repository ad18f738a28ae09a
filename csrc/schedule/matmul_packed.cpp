#include "schedule/matmul_packed.h"

#include <algorithm>
#include <cmath>

#include "schedule/size_binder.h"

namespace hidet {

std::string PackedParams::to_string() const {
  return hidet::format("rows {}, vectors {}", rows, vectors);
}

std::vector<PackedParams> packed_space(const Target& target, DType accumulator) {
  (void)accumulator;
  std::vector<PackedParams> space;
  for (int vectors = 1; vectors <= 4; vectors++)
    for (int rows = 1; rows <= 14; rows++)
      if (rows * vectors + 2 * vectors + 1 <= target.vector_registers)
        space.push_back({rows, vectors});
  return space;
}

namespace {

// Share of the FMA peak that a full tile reaches. A step of the main loop does rows * vectors
// products on two pipes; beside it, `rows` broadcasts and `vectors` loads go through two load
// ports, and the row of B comes from the L2 cache. The slowest of them bounds a step, and each of
// the others costs some of its time, too. Rows far apart share sets of the L1 cache.
double tile_efficiency(const PackedParams& p, int vector_bytes) {
  constexpr double kSumsInFlight = 10;  // products that cover the latency of an FMA on two pipes
  constexpr double kBytesFromL2 = 24;   // a cycle
  constexpr double kOverlap = 0.1;      // share of its time that what is not the bound still costs
  constexpr double kCostOfRow = 0.008;
  const double products = p.rows * p.vectors / 2.0;
  const double loads = (p.rows + p.vectors) / 2.0;
  const double panel = p.vectors * vector_bytes / kBytesFromL2;
  const double bound = std::max({products, loads, panel, kSumsInFlight / 2});
  const double step = bound + kOverlap * (loads + panel);
  return products / step / (1 + kCostOfRow * p.rows);
}

double waste(int64_t extent, int64_t tile) {
  const int64_t covered = (extent + tile - 1) / tile * tile;
  return static_cast<double>(covered) / static_cast<double>(extent);
}

}  // namespace

namespace {

// Time over that of a product whose tiles are full, at the FMA peak.
double predicted_cost(const PackedParams& p, const MatmulProblem& problem, const Target& target) {
  const int lanes = target.lanes(problem.accumulator);
  const double cost = 1.0 / tile_efficiency(p, lanes * bytes_of(problem.accumulator));
  const auto n = problem.n.as_constant();
  return n && *n > 0 ? cost * waste(*n, static_cast<int64_t>(p.vectors) * lanes) : cost;
}

}  // namespace

PackedParams pick_packed_params(const MatmulProblem& problem, const Target& target) {
  PackedParams best;
  double best_cost = INFINITY;
  for (const PackedParams& p : packed_space(target, problem.accumulator)) {
    const double cost = predicted_cost(p, problem, target);
    if (cost < best_cost) {
      best_cost = cost;
      best = p;
    }
  }
  return best;
}

std::string reason_of(const PackedParams& params, const MatmulProblem& problem,
                      const Target& target) {
  return hidet::format(
      "{:.0f} % of the FMA peak expected of a core, n {}: the most of {} tiles that {} registers "
      "hold",
      100 / predicted_cost(params, problem, target), problem.n.text(),
      packed_space(target, problem.accumulator).size(), target.vector_registers);
}

namespace {

// Packed[g][panel][q][c] = B[g, q, panel * columns + c], zero past n.
ScheduledKernel pack_kernel(const MatmulProblem& p, int columns, const Target& target) {
  const int lanes = target.lanes(p.accumulator);
  ScheduledKernel kernel{.context = std::make_shared<Context>()};
  Builder b(*kernel.context, "pack_panels", target.name);
  SizeBinder sizes(b);
  std::vector<Expr> batch;
  if (p.b_has_batch)
    for (const SizeExpr& extent : p.batch) batch.push_back(sizes.argument(extent, "batch"));
  Expr k = sizes.argument(p.k, "k"), n = sizes.argument(p.n, "n");
  Expr panels = (n + (columns - 1)) / columns;

  std::vector<Expr> b_shape = batch, packed_shape = batch;
  b_shape.insert(b_shape.end(), {k, n});
  packed_shape.insert(packed_shape.end(), {panels, k, b.index(columns)});
  b.site(SiteKind::read, "B", p.b, b_shape);
  Buffer packed = b.argument("packed", Scope::global, p.b, packed_shape);

  std::vector<Expr> grid = batch;
  grid.push_back(panels);
  std::vector<std::string> names;
  for (size_t i = 0; i < batch.size(); i++) names.push_back("g");
  names.push_back("panel");
  b.tasks(names, WorkerScope::core, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    std::vector<Expr> g(task.begin(), task.end() - 1);
    Expr panel = task.back();
    auto at = [&](std::initializer_list<Expr> rest) {
      std::vector<Expr> index = g;
      index.insert(index.end(), rest);
      return index;
    };
    b.loop("q", k, [&](Expr q) {
      b.when((panel + 1) * columns <= n,
             [&] {
               b.tasks({"c"}, WorkerScope::lane, b.repeat({columns / lanes}) * b.spatial({lanes}),
                       [&](const std::vector<Expr>& c) {
                         Expr j = panel * columns + c[0];
                         b.store(packed, at({panel, q, c[0]}), b.read("B", at({q, j})));
                       });
             },
             [&] {
               b.loop("c", b.index(columns), [&](Expr c) {
                 Expr j = panel * columns + c;
                 b.when(
                     j < n, [&] { b.store(packed, at({panel, q, c}), b.read("B", at({q, j}))); },
                     [&] { b.store(packed, at({panel, q, c}), b.constant(p.b, 0.0)); });
               });
             });
    });
  });
  kernel.program = b.finish();
  kernel.sizes = sizes.arguments();
  kernel.workspaces = {0};
  return kernel;
}

constexpr int64_t kSteps = 4;           // of k, unrolled
constexpr int64_t kStripsOfGroup = 16;  // that share a panel, so that rows are cut over cores, too
constexpr int64_t kBlocksOfPart = 128;  // of k, summed up in registers
constexpr int64_t kBlocksAhead = 8;     // of the loads, in a panel that is not in the cache yet
constexpr int64_t kLineBytes = 64;

class PackedKernel {
 public:
  PackedKernel(const MatmulProblem& problem, const PackedParams& params, const Target& target)
      : p_(problem),
        params_(params),
        lanes_(target.lanes(problem.accumulator)),
        columns_(params.vectors * lanes_),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "matmul", target.name),
        sizes_(b_) {}

  ScheduledKernel build() {
    for (const SizeExpr& extent : p_.batch) batch_.push_back(sizes_.argument(extent, "batch"));
    m_ = sizes_.argument(p_.m, "m");
    n_ = sizes_.argument(p_.n, "n");
    bind_k();
    Expr panels = (n_ + (columns_ - 1)) / columns_;
    const Expr strips = (m_ + (params_.rows - 1)) / params_.rows;
    const Expr groups = (strips + (kStripsOfGroup - 1)) / kStripsOfGroup;
    const Expr strips_of_group = (strips + groups - 1) / groups;

    b_.site(SiteKind::read, "A", p_.a, with_batch({m_, k_}));
    b_.site(SiteKind::store, "C", p_.result, with_batch({m_, n_}));
    std::vector<Expr> packed_shape = p_.b_has_batch ? batch_ : std::vector<Expr>();
    packed_shape.insert(packed_shape.end(), {panels, k_, b_.index(columns_)});
    packed_ = b_.argument("packed", Scope::constant, p_.b, packed_shape);

    std::vector<Expr> grid = batch_;
    grid.insert(grid.end(), {groups, panels, strips_of_group});
    std::vector<std::string> names(batch_.size(), "g");
    names.insert(names.end(), {"group", "panel", "in_group"});
    b_.tasks(names, WorkerScope::core, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
      g_.assign(task.begin(), task.end() - 3);
      panel_ = task[task.size() - 2];
      const Expr strip = task[task.size() - 3] * strips_of_group + task.back();
      b_.when(strip < strips, [&] {
        first_ = b_.let("first", strip * m_ / strips);
        const Expr rows = b_.let("rows", (strip + 1) * m_ / strips - first_);
        plan_prefetch(task.back(), strips_of_group, panels);
        tile_ = b_.local("tile", p_.accumulator, {b_.index(params_.rows), b_.index(columns_)});
        over_parts(rows);
        b_.outline("epilogue", [&] { epilogue(rows); });
      });
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    kernel_.workspaces = {0};
    return std::move(kernel_);
  }

 private:
  std::vector<Expr> with_batch(std::initializer_list<Expr> rest) const {
    std::vector<Expr> index = batch_;
    index.insert(index.end(), rest);
    return index;
  }
  std::vector<Slice> sliced(const std::vector<Expr>& points, std::initializer_list<Slice> rest) {
    std::vector<Slice> slices;
    for (Expr point : points) slices.push_back({point, Expr()});
    slices.insert(slices.end(), rest);
    return slices;
  }

  // k as blocks of kSteps; where it is known to be a multiple, that is what the kernel is told.
  void bind_k() {
    const auto constant = p_.k.as_constant();
    whole_blocks_ = constant && *constant % kSteps == 0;
    if (whole_blocks_) {
      blocks_ = sizes_.argument(SizeExpr(*constant / kSteps), "blocks");
      k_ = blocks_ * kSteps;
    } else {
      k_ = sizes_.argument(p_.k, "k");
      blocks_ = k_ / kSteps;
    }
  }

  // What is not in the second-level cache arrives there while something else is used: the strips of
  // a group share out the lines of the next panel, each spreads its share over the blocks of k, and
  // the first strip, for which nobody has done so when a thread begins, runs ahead in its own
  // panel.
  void plan_prefetch(Expr in_group, Expr strips_of_group, Expr panels) {
    const Expr lines = k_ * (columns_ / line_elements());
    const Expr share = (lines + strips_of_group - 1) / strips_of_group;
    // With few strips to a panel, the loads of the next one take all the time there is.
    runs_ahead_ = b_.let(
        "runs_ahead", b_.context().call(Function::logical_and,
                                        {in_group < b_.index(1), b_.index(2) < strips_of_group}));
    share_ = b_.let("share",
                    b_.context().call(Function::where, {panel_ + 1 < panels, share, b_.index(0)}));
    lines_of_block_ = b_.let(
        "lines", (share + blocks_ - 1) / b_.context().call(Function::max, {blocks_, b_.index(1)}));
    share_start_ = in_group * share;
  }
  int64_t line_elements() const { return kLineBytes / bytes_of(p_.b); }
  void prefetch_line(std::vector<Expr> panel, Expr element) {
    panel.insert(panel.end(), {b_.index(0), element});
    b_.prefetch(packed_, panel);
  }
  void prefetch(Expr block) {
    std::vector<Expr> next = panel();
    next.back() = next.back() + 1;
    b_.when(block * lines_of_block_ < lines_left_, [&] {
      b_.loop("line", lines_of_block_, [&](Expr i) {
        prefetch_line(next, (first_line_ + block * lines_of_block_ + i) * line_elements());
      });
    });
    b_.when(runs_ahead_, [&] {
      const Expr from = (first_block_ + block + kBlocksAhead) * kSteps * columns_;
      b_.unrolled("line", kSteps * columns_ / line_elements(),
                  [&](Expr i) { prefetch_line(panel(), from + i * line_elements()); });
    });
  }

  // One main loop for each height that a strip can have, the full one first.
  using AddUp = std::function<void(Buffer sums, int height)>;
  void by_height(Expr rows, int height, const std::string& prefix, Expr is_first,
                 const AddUp& body) {
    const auto main = [&] {
      b_.outline(hidet::format("{}rows_{}", prefix, height),
                 [&] { partial_sums(height, is_first, body); });
    };
    if (height == 1)
      main();
    else
      b_.when(b_.context().call(Function::eq, {rows, b_.index(height)}), main,
              [&] { by_height(rows, height - 1, prefix, is_first, body); });
  }

  // The rounding error of a sum grows with its number of addends: sums over parts of k are kept in
  // registers, and added up in memory.
  void over_parts(Expr rows) {
    const auto is_zero = [&](Expr e) { return b_.context().call(Function::eq, {e, b_.index(0)}); };
    const Expr parts = b_.let("parts", (blocks_ + (kBlocksOfPart - 1)) / kBlocksOfPart);
    const Expr blocks_of_part =
        b_.let("blocks_of_part",
               (blocks_ + parts - 1) / b_.context().call(Function::max, {parts, b_.index(1)}));
    b_.loop("part", parts, [&](Expr part) {
      first_block_ = b_.let("first_block", part * blocks_of_part);
      const Expr count = b_.let(
          "count", b_.context().call(Function::min, {blocks_of_part, blocks_ - first_block_}));
      const Expr lines_before = b_.let("lines_before", first_block_ * lines_of_block_);
      lines_left_ = b_.let("lines_left", share_ - lines_before);
      first_line_ = b_.let("first_line", share_start_ + lines_before);
      by_height(rows, params_.rows, "", is_zero(part), [&](Buffer sums, int height) {
        b_.loop("block", count, [&](Expr block) {
          prefetch(block);
          b_.unrolled("step", kSteps,
                      [&](Expr s) { step(sums, height, (first_block_ + block) * kSteps + s); });
        });
      });
    });
    // A k of zero has no part.
    if (!whole_blocks_ || p_.k.as_constant() == 0)
      by_height(rows, params_.rows, "rest_", is_zero(parts), [&](Buffer sums, int height) {
        b_.loop("rest", k_ - blocks_ * kSteps,
                [&](Expr rest) { step(sums, height, blocks_ * kSteps + rest); });
      });
  }

  std::vector<Expr> panel() const {
    std::vector<Expr> index = p_.b_has_batch ? g_ : std::vector<Expr>();
    index.push_back(panel_);
    return index;
  }
  void step(Buffer sums, int height, Expr q) {
    Tile a{.site = "A", .slices = sliced(g_, {{first_, b_.index(height)}, {q, b_.index(1)}})};
    Tile row{.buffer = packed_,
             .slices = sliced(panel(), {{q, b_.index(1)}, {b_.index(0), b_.index(columns_)}})};
    b_.mma(b_.whole(sums), a, row);
  }

  Tile tile_rows(int height) const {
    return {.buffer = tile_,
            .slices = {{b_.index(0), b_.index(height)}, {b_.index(0), b_.index(columns_)}}};
  }
  Expr zero() const { return b_.constant(p_.accumulator, 0.0); }

  // tile = or += what `body` adds up in a register tile.
  void partial_sums(int height, Expr is_first, const AddUp& body) {
    Buffer sums = b_.registers("sums", p_.accumulator,
                               b_.repeat({height, params_.vectors}) * b_.spatial({1, lanes_}));
    b_.fill(sums, zero());
    body(sums, height);
    b_.when(
        is_first, [&] { b_.copy(tile_rows(height), b_.whole(sums)); },
        [&] {
          b_.unrolled("r", height, [&](Expr r) {
            b_.tasks({"c"}, WorkerScope::lane, b_.repeat({params_.vectors}) * b_.spatial({lanes_}),
                     [&](const std::vector<Expr>& c) {
                       Expr before = b_.load(tile_, {r, c[0]}, "before");
                       Expr more = b_.load(sums, {r, c[0]}, "more");
                       b_.store(tile_, {r, c[0]}, before + more);
                     });
          });
        });
  }

  // Hands element (i, column) of the strip to site "C".
  void finish(Expr i, Expr column) {
    Expr sum = b_.load(tile_, {i, column}, "sum");
    std::vector<Expr> index = g_;
    index.insert(index.end(), {first_ + i, panel_ * columns_ + column});
    b_.store_site("C", index, b_.context().cast(p_.result, sum));
  }

  void epilogue(Expr rows) {
    Expr inside =
        b_.let("inside", n_ - panel_ * columns_);  // columns of this panel and all after it
    auto vector = [&](Expr i, Expr v) {
      b_.tasks({"lane"}, WorkerScope::lane, b_.spatial({lanes_}),
               [&](const std::vector<Expr>& lane) { finish(i, v * lanes_ + lane[0]); });
    };
    b_.loop("i", rows, [&](Expr i) {
      b_.when(
          b_.index(columns_) <= inside,
          [&] { b_.unrolled("v", params_.vectors, [&](Expr v) { vector(i, v); }); },
          [&] {
            Expr whole = inside / lanes_;
            b_.loop("v", whole, [&](Expr v) { vector(i, v); });
            b_.loop("c", inside - whole * lanes_, [&](Expr c) { finish(i, whole * lanes_ + c); });
          });
    });
  }

  const MatmulProblem& p_;
  const PackedParams& params_;
  const int64_t lanes_;
  const int64_t columns_;
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  std::vector<Expr> batch_, g_;
  Expr m_, n_, k_, blocks_, panel_, first_;
  Expr runs_ahead_, share_, share_start_, lines_of_block_;
  Expr first_block_, lines_left_, first_line_;
  bool whole_blocks_ = false;
  Buffer packed_ = nullptr, tile_ = nullptr;
};

}  // namespace

Result<KernelSequence> matmul_packed(const MatmulProblem& problem, const PackedParams& params,
                                     const Target& target) {
  HIDET_DECLINE_UNLESS(is_floating(problem.a) && is_floating(problem.b),
                       "a product of {} and {}: only floating types are multiplied here",
                       name_of(problem.a), name_of(problem.b));
  const int columns = params.vectors * target.lanes(problem.accumulator);
  KernelSequence sequence{.template_name = "matmul_packed",
                          .params = params.to_string(),
                          .reason = reason_of(params, problem, target)};
  Workspace packed{.name = "packed", .dtype = problem.b, .producer = 0};
  if (problem.b_has_batch) packed.shape = problem.batch;
  packed.shape.push_back(ceil_div(problem.n, SizeExpr(columns)));
  packed.shape.push_back(problem.k);
  packed.shape.push_back(SizeExpr(columns));
  sequence.workspaces.push_back(packed);
  sequence.kernels.push_back(pack_kernel(problem, columns, target));
  sequence.kernels.push_back(PackedKernel(problem, params, target).build());
  sequence.kernels.back().multiply_adds =
      product(problem.batch) * problem.m * problem.n * problem.k;
  return sequence;
}

}  // namespace hidet
