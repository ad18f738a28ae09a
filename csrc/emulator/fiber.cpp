#include "emulator/fiber.h"

#include <sys/mman.h>

#include "base/error.h"

#if !defined(__x86_64__)
#include <ucontext.h>
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace hidet {

namespace {

constexpr size_t kStagger = 5 * 64;

}  // namespace

#if defined(__x86_64__)

// Keeps what a function has to keep by the calling convention, changes stacks, and takes up what
// the other fiber has kept there.
extern "C" void hidet_switch_stacks(void** save, void* to);
asm(R"(
.text
.globl hidet_switch_stacks
.hidden hidet_switch_stacks
.type hidet_switch_stacks, @function
hidet_switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size hidet_switch_stacks, . - hidet_switch_stacks
.globl hidet_enter_fiber
.hidden hidet_enter_fiber
.type hidet_enter_fiber, @function
hidet_enter_fiber:
  .cfi_startproc
  .cfi_undefined rip
  movq %r12, %rdi
  callq *%rbx
  ud2
  .cfi_endproc
.size hidet_enter_fiber, . - hidet_enter_fiber
)");
extern "C" void hidet_enter_fiber();

#endif

Fiber::Fiber(void (*entry)(void*), void* argument, int number)
    : size_(kStackBytes - kGuardBytes), entry_(entry), argument_(argument) {
  // Twice the room, of which the aligned part is kept.
  void* mapping = mmap(nullptr, 2 * kStackBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  HIDET_ASSERT(mapping != MAP_FAILED, "no memory for a stack of {} bytes", kStackBytes);
  const auto room = reinterpret_cast<uintptr_t>(mapping);
  const uintptr_t stack = (room + kStackBytes - 1) & ~(kStackBytes - 1);
  if (stack > room) munmap(mapping, stack - room);
  munmap(reinterpret_cast<void*>(stack + kStackBytes), room + kStackBytes - stack);
  mprotect(reinterpret_cast<void*>(stack), kGuardBytes, PROT_NONE);
  low_ = stack + kGuardBytes;
  *reinterpret_cast<void**>(low_) = argument;
  const uintptr_t top = stack + kStackBytes - static_cast<size_t>(number) * kStagger % (8 << 10);
#if defined(__x86_64__)
  auto** at = reinterpret_cast<void**>(top & ~uintptr_t{63});
  *--at = nullptr;
  *--at = nullptr;  // a call is made from an address divisible by 16
  *--at = reinterpret_cast<void*>(&hidet_enter_fiber);
  *--at = nullptr;                              // rbp
  *--at = reinterpret_cast<void*>(&begin);      // rbx
  *--at = this;                                 // r12
  for (int i = 0; i < 3; i++) *--at = nullptr;  // r13, r14, r15
  saved_ = at;
#else
  auto* context = new ucontext_t;
  getcontext(context);
  context->uc_stack = {reinterpret_cast<void*>(low_), 0, (top & ~uintptr_t{63}) - low_};
  context->uc_link = nullptr;
  makecontext(context, reinterpret_cast<void (*)()>(+[](unsigned high, unsigned low) {
                auto* self = reinterpret_cast<Fiber*>(uintptr_t{high} << 32 | low);
                begin(self);
              }),
              2, static_cast<unsigned>(reinterpret_cast<uintptr_t>(this) >> 32),
              static_cast<unsigned>(reinterpret_cast<uintptr_t>(this)));
  saved_ = context;
#endif
}

Fiber::~Fiber() {
#if defined(__SANITIZE_ADDRESS__)
  // Frames that were never left have marked it, and the address may be used again.
  if (entry_) __asan_unpoison_memory_region(reinterpret_cast<void*>(low_), size_);
#endif
  if (entry_) munmap(reinterpret_cast<void*>(low_ - kGuardBytes), kStackBytes);
#if !defined(__x86_64__)
  delete static_cast<ucontext_t*>(saved_);
#endif
}

void Fiber::begin(void* fiber) {
  auto* self = static_cast<Fiber*>(fiber);
  self->arrive(nullptr);
  self->entry_(self->argument_);
}

void Fiber::arrive([[maybe_unused]] void* kept) {
#if defined(__SANITIZE_ADDRESS__)
  const void* low = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(kept, &low, &size);
  if (before_->size_ == 0) {  // the OS thread's own
    before_->low_ = reinterpret_cast<uintptr_t>(low);
    before_->size_ = size;
  }
#endif
}

void Fiber::switch_to(Fiber& next) {
  next.before_ = this;
  void* kept = nullptr;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&kept, reinterpret_cast<void*>(next.low_), next.size_);
#endif
#if defined(__x86_64__)
  hidet_switch_stacks(&saved_, next.saved_);
#else
  if (!saved_) saved_ = new ucontext_t;
  swapcontext(static_cast<ucontext_t*>(saved_), static_cast<ucontext_t*>(next.saved_));
#endif
  arrive(kept);
}

}  // namespace hidet
