// lower_copies: which stores to shared memory travel by asynchronous copies.
#pragma once

#include "ir/program.h"

namespace hidet {

// After the sites are filled, a store of all threads that wishes to go through cp_async does so
// where its value is read from memory as it is: elements side by side in both places, aligned, of a
// buffer that nothing writes. It becomes instructions of 16, 8 or 4 bytes, which write zeros for
// what lies outside of the given condition. Any other value is computed and stored at once: waits
// and barriers stay right for it, only nothing is left to overlap. Loads by TMA get their tensor;
// what they read has to be memory.
Program lower_copies(const Program& program);

}  // namespace hidet
