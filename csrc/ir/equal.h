// Structural equality of programs, derived from the fields of their nodes. Variables and buffers
// are equal by position, not by name; names of programs, sites and roles count.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "ir/program.h"

namespace hidet {

bool equal(const Program& a, const Program& b);
// Variables and buffers that occur free match those in the same positions.
bool equal(Expr a, Expr b);
bool equal(Stmt a, Stmt b);

// Equal programs have equal hashes, in every process.
uint64_t hash_of(const Program& program);
uint64_t hash_of(Stmt s);

}  // namespace hidet
