// AttentionStrips: what the CUDA templates of attention share: sites, and a block for each strip of
// queries.
#pragma once

#include "schedule/attention_blocks.h"
#include "schedule/size_binder.h"

namespace hidet {

class AttentionStrips {
 public:
  struct Sizes {
    int64_t rows;  // queries of a strip
    int64_t keys;  // of a step
    int64_t threads;
  };
  AttentionStrips(const AttentionProblem& problem, DType sum_type, const Sizes& sizes,
                  const Target& target);
  virtual ~AttentionStrips() = default;

  // The work of a step, for the cost model, is left open.
  ScheduledKernel build();

 protected:
  // Emits the strip of the queries first, first + 1, ...
  virtual void strip(Expr first) = 0;

  Expr call(Function f, std::vector<Expr> args) { return b_.context().call(f, std::move(args)); }
  Expr real(double value) { return b_.constant(sum_type_, value); }
  // Whole rows from `start` on of "Q", "K", "V" or "O".
  Tile part(const char* site, Expr start, int64_t rows, int64_t columns) const;
  void each(const Mapping& mapping, const Builder::TaskBody& body);

  const AttentionProblem& p_;
  const DType sum_type_;  // of scores and of sums

 private:
  ScheduledKernel kernel_;  // owns the context of the builder

 protected:
  Builder b_;
  std::vector<Expr> g_;
  Expr queries_, keys_;

 private:
  const Sizes strip_sizes_;
  SizeBinder sizes_;
};

}  // namespace hidet
