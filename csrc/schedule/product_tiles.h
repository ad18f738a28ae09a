// ProductTiles: what the CUDA templates of matrix products share: sites, the blocks' tiles of C,
// pieces of k.
#pragma once

#include "schedule/matmul_packed.h"
#include "schedule/size_binder.h"

namespace hidet {

class ProductTiles {
 public:
  struct Sizes {
    int64_t rows, columns;  // of a tile
    int64_t step;           // terms of a step
    int split;              // pieces of k
    int threads;            // of a block
    int64_t divisor;        // the text may depend on how far this power of two divides m, n, k
  };
  ProductTiles(const MatmulProblem& problem, const Sizes& sizes, const Target& target);
  virtual ~ProductTiles() = default;

  // One block for each tile and piece. The work of a step, for the cost model, is left open.
  ScheduledKernel build();

 protected:
  // Emits the tile of C that begins at (row, column): terms() of k, then store().
  virtual void tile(Expr row, Expr column) = 0;

  struct Terms {
    Expr start;  // the first one
    Expr steps;
  };
  // What the block has of k: all of it, or a piece of whole steps; the last pieces may have fewer,
  // or none.
  Terms terms();
  // Of "A", "B" or "C"; without batch axes where the matrix serves every product.
  Tile part(const char* site, Slice row, Slice column, bool has_batch) const;
  // [rows, columns] of a buffer [stages, rows, columns].
  Tile stage(Buffer buffer, Expr which) const;
  static Tile transposed_if(bool transposed, Tile tile);
  // Registers that are distributed by `mapping`, to "C" or as a piece of it.
  void store(Buffer sums, const Mapping& mapping, Expr row, Expr column);

  const MatmulProblem& problem_;
  const Sizes tile_sizes_;

 private:
  ScheduledKernel kernel_;  // owns the context of the builder

 protected:
  Builder b_;

 private:
  std::vector<Expr> shape(std::initializer_list<Expr> rest, bool has_batch) const;

  SizeBinder sizes_;
  std::vector<Expr> batch_, g_;
  Expr m_, n_, k_, piece_;
  Buffer pieces_ = nullptr;
};

}  // namespace hidet
