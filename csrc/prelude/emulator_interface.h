// EmulatorInterface: what the emulated CUDA prelude and the emulator that runs it know of each
// other. One declaration in two forms: types here, and the same as text in the prelude.
#pragma once

#include <cstdint>
#include <string_view>

// The declarations, and `text`, their spelling without comments. No line of them is a directive.
#define HIDET_DECLARE_AND_PRINT(text, ...) \
  __VA_ARGS__                              \
  inline constexpr std::string_view text = #__VA_ARGS__;

namespace hidet {

// `site`, everywhere: an address in the kernel's code, whose line is named in reports. What breaks
// a rule ends the launch: the call that finds it does not return.
HIDET_DECLARE_AND_PRINT(
    kEmulatorInterfaceText,

    struct EmulatedPoint {
      uint32_t x;
      uint32_t y;
      uint32_t z;
    };

    struct EmulatedThread {
      EmulatedPoint thread_index;
      EmulatedPoint block_index;
      EmulatedPoint block_size;
      EmulatedPoint grid_size;
      uint32_t number;        // in the block
      unsigned char* shared;  // memory of the block, aligned to 4096
    };

    struct EmulatorInterface {
      EmulatedThread* (*thread)();  // the current one

      // An access that is going to be made: checked.
      void (*read)(const void* address, int64_t bytes, const void* site);
      void (*write)(void* address, int64_t bytes, const void* site);
      // The same for parts of a copy, of any number of bytes and aligned to one.
      void (*read_range)(const void* address, int64_t bytes, const void* site);
      void (*write_range)(void* address, int64_t bytes, const void* site);
      // Read and written at once.
      void (*atomic)(void* address, int64_t bytes, const void* site);

      // __syncthreads (id 0, threads 0: all of the block) and named barriers of some warps.
      void (*barrier)(int32_t id, int32_t threads, const void* site);
      void (*sync_warp)(uint32_t mask, const void* site);
      // `kind`: 0 xor, 1 up, 2 down, 3 index. Segments of `width` lanes.
      uint32_t (*shuffle)(int32_t kind, uint32_t mask, uint32_t value, int32_t operand,
                          int32_t width, const void* site);
      // The lanes of the mask whose predicate is not zero.
      uint32_t (*ballot)(uint32_t mask, int32_t predicate, const void* site);
      void (*trap)(const void* site);
      // An index outside of an array of the thread's own.
      void (*bad_index)(const void* site);

      // The functions behind the instructions of the prelude.
      const void* instructions;
    };)

// The prelude's text exports hidet_emulator_attach(const EmulatorInterface*), to be called before a
// function of its library.
constexpr const char* kEmulatorAttach = "hidet_emulator_attach";

}  // namespace hidet
