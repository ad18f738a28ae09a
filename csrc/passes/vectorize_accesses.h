// vectorize_accesses: neighbours in memory are read and written together, up to 16 bytes at once.
#pragma once

#include "ir/context.h"

namespace hidet {

// In a loop of constant extent W (2, 4, 8 or 16) without a loop or a barrier inside, whose turns
// access elements base, base + 1, ... of memory with a base known to be aligned, the accesses
// become vectors between memory and an array of the thread, before and behind the loop. What is
// computed stays scalar, turn by turn. Conditions around the body that hold in all turns or in none
// are tested once, before the loop.
//
// Aligned is what the facts of the sizes and BufferInfo::alignment prove; shared memory begins
// where any vector may. Flat indices; no mapping is left.
Program vectorize_accesses(const Program& program);

// The arguments of a program that it accesses by vectors, with the bytes of the widest one; by
// position in program.buffers, 0: none.
std::vector<int> vector_bytes_of_arguments(const Program& program);

}  // namespace hidet
