// Finding: a rule that an emulated kernel has broken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hidet {

// An address in the kernel's code: __builtin_return_address(0) of a function that it calls.
using CodeAddress = const void*;

enum class Check : uint8_t {
  bounds,          // accesses outside of the kernel's buffers and its shared memory
  initialisation,  // reads of what nobody has written
  races,           // accesses of two threads that nothing orders
  barriers,        // barriers and collectives that not all come to
  waits,           // asynchronous operations not waited for, waits that do not end
  alignment,       // vector accesses
  other,
};
std::string_view name_of(Check check);

struct Finding {
  Check check = Check::other;
  std::string kernel;
  int line = 0;  // of the kernel's text; 0: unknown
  int64_t block = 0;
  int thread = -1;       // in the block; -1: a unit beside the threads
  uint64_t address = 0;  // in the buffer or the shared memory that `text` names
  std::string text;      // what was done
  std::string code;      // the line

  // With line, thread, block.
  std::string report() const;
};

}  // namespace hidet
