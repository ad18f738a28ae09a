// BufferInfo: memory that a program reads or writes, identified by id.
#pragma once

#include <string>
#include <vector>

#include "ir/expr.h"
#include "mapping/layout.h"

namespace hidet {

// Where a buffer lives. `constant`: global memory that no program writes while this one runs, the
// only scope that Element may read. `local`: memory of one worker (CPU: of one thread, on the stack
// or in the launch's scratch). `registers`: an array that the compiler keeps in registers.
enum class Scope : uint8_t { global, constant, shared, local, registers, barrier };
std::string_view name_of(Scope scope);

struct BufferInfo {
  uint32_t id;
  Scope scope;
  Type type;                // of one element; lanes > 1 only after lowering to vectors
  std::vector<Expr> shape;  // in elements, one an axis
  std::string name;         // a hint
  // Element offset of an index; absent: row major. Not for registers with a mapping.
  std::optional<Layout<Expr>> layout;
  // Registers only: which worker holds which element. Each stores its tasks in their order.
  std::optional<Mapping> mapping;
  int arrivals = 0;   // scope barrier: arrivals that complete a phase
  int alignment = 0;  // bytes known to divide the base address; 0: the element's size
};

}  // namespace hidet
