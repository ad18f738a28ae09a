// Program: one kernel, from the template's text with open sites to what the emitter prints.
#pragma once

#include <map>

#include "ir/stmt.h"

namespace hidet {

// What is known of a size or scalar parameter.
struct SizeFacts {
  int64_t lower = 0;
  int64_t upper = INT64_MAX;  // inclusive
  int64_t divisor = 1;
};

struct SizeParam {
  Var var;  // i64
  SizeFacts facts;
};

// The only contact of a template with the outside. read: a value by index. store: takes a finished
// value by index. map: transforms a value that stays in registers. rowwise: a value by index that
// may use reductions over a row which the program holds whole; its index is followed by those of
// them that are known at this point, and by values kept from earlier passes over the row.
enum class SiteKind : uint8_t { read, store, map, rowwise };

struct Site {
  SiteKind kind;
  std::string name;
  Type type;                // of the value read, stored or mapped
  std::vector<Expr> shape;  // extents of the index; reads outside are zero, stores are dropped
};

// Levels, in the order of lowering. mapped: sites, tile statements and task mappings may occur.
// loops: neither does any more. target: simplified, vectors legal for the target, ready to print.
enum class Level : uint8_t { mapped, loops, target };

struct Program {
  Context* context = nullptr;
  std::string name;
  std::string target;  // "cpu", "sm_80", ...
  Level level = Level::mapped;
  std::vector<SizeParam> sizes;  // arguments, in order
  std::vector<Buffer> buffers;   // arguments, in order: scopes global and constant
  std::vector<Site> sites;       // empty once filled
  int threads = 0;               // of a CUDA block
  std::vector<Expr> grid;        // CUDA: blocks, outermost first
  Stmt body;
};

}  // namespace hidet
