// The verifier: what every program must be, at its level.
#pragma once

#include <string>
#include <vector>

#include "ir/program.h"

namespace hidet {

// What is wrong with a program; each message ends with the statement that it is about.
//
// Names and types: variables are bound and buffers allocated before they are used, in scope; types,
// ranks and the number of indices agree; what is not of the program's level does not occur.
// Tiles: shapes of tiles and mappings agree, constant ones lie inside of their buffers; a product's
// operands are what its atom wants and lie with the threads that it wants them with.
// Asynchrony, at the mapped level of a GPU: the program is followed along all its paths, loops of
// unknown length up to some iterations (more than twice round the longest ring of stages). On none
// may a statement use what unfinished asynchronous work writes, overwrite what such work reads, or
// touch shared memory that another thread may touch at the same time, one of them writing: between
// them are barriers, or mbarriers between roles. No wait may last for ever.
std::vector<std::string> problems(const Program& program);

// Throws InternalError with all problems, if there are any. `after`: the pass to name.
void verify(const Program& program, const std::string& after = {});

}  // namespace hidet
