// The textual form of programs. Every program has one, and the same one in every process; names are
// made unique. parse(print(p)) is equal to p (ir/parse.h, ir/equal.h).
#pragma once

#include <string>

#include "ir/program.h"

namespace hidet {

std::string print(const Program& program);
// Parts, for messages: what they mention is named as if they were a program of their own.
std::string print(Expr e);
std::string print(Stmt s);
std::string print(const Tile& tile);
std::string print(const Mapping& mapping);
// The statement without the bodies of what is nested in it, on one line.
std::string print_head(Stmt s);

}  // namespace hidet
