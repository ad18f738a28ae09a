// RunningBlock: a block of an emulated kernel while it runs; what instructions of the prelude are
// written with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <typeindex>

#include "emulator/clock.h"
#include "emulator/finding.h"
#include "emulator/schedule.h"
#include "prelude/emulator_interface.h"

namespace hidet {

// Something that a section of the prelude keeps for a block. Made at its first use in each block.
class BlockState {
 public:
  virtual ~BlockState() = default;
  // A thread has come to its end; fail() where it has left something undone.
  virtual void thread_ends(int /*thread*/) {}
};

class RunningBlock {
 public:
  // The one whose thread calls. All functions are called on a kernel's thread unless they say else.
  static RunningBlock& current();

  virtual const EmulatedThread& thread() const = 0;  // that runs, not whom it acts as
  virtual int threads() const = 0;
  virtual int64_t shared_bytes() const = 0;
  virtual const Schedule& schedule() const = 0;

  // -- Rules broken: what, where, by whom (`actor`). Ends the launch.
  [[noreturn]] virtual void fail(Check check, const std::string& what, CodeAddress site,
                                 const void* address = nullptr) = 0;
  // "line 12", of the kernel's text.
  virtual std::string line_of(CodeAddress site) const = 0;

  // -- Collectives: the last thread to arrive runs `run` for all. `threads`: 32, a warp, or 128,
  // the warpgroup; arguments[i]: of its thread i, null where bit i of the mask is clear (a
  // warpgroup takes part as a whole). Another name, mask or function, and a thread that does not
  // come, end the launch. orders_memory: as __syncwarp does, what they did before is seen by all
  // after.
  using Collective = void (*)(std::span<void* const> arguments);
  virtual void collective(const char* name, int threads, uint32_t mask, Collective run,
                          void* argument, CodeAddress site, bool orders_memory = false) = 0;
  // The first thread of the warp or warpgroup whose collective is running: arguments[i] is of
  // thread first_of_collective() + i.
  virtual int first_of_collective() const = 0;

  // -- Actors: accesses are those of the thread that runs, unless it acts as another: a thread (by
  // its number), or a unit beside them (add_unit). Acting lasts as long as the object.
  virtual int add_unit(const std::string& name) = 0;
  virtual int actor() const = 0;
  class Acting {
   public:
    explicit Acting(int actor);
    ~Acting();
    Acting(const Acting&) = delete;

   private:
    int before_;
  };

  // -- Memory. Bounds, alignment to `alignment` (0: to `bytes`), initialisation, races, pending
  // bytes. `through_async_proxy`: what threads wrote must have been fenced. Counted as an access of
  // the site. The caller then reads or writes the bytes itself.
  virtual void check_read(const void* address, int64_t bytes, CodeAddress site, int alignment = 0,
                          bool through_async_proxy = false) = 0;
  virtual void check_write(void* address, int64_t bytes, CodeAddress site, int alignment = 0,
                           bool through_async_proxy = false) = 0;
  // Offset in the block's shared memory; fails for another address.
  virtual uint32_t shared_offset(const void* address, CodeAddress site) = 0;
  // Writes of the actor to shared memory may be read and overwritten through the asynchronous
  // proxy.
  virtual void fence_async_proxy() = 0;

  // Bytes of shared memory that an operation is going to write: nobody may touch them until they
  // are cleared; or is going to read: nobody may write them. `what` is named in reports:
  // "cp.async".
  virtual void mark_pending(const void* address, int64_t bytes, bool written, const char* what,
                            CodeAddress site) = 0;
  virtual void clear_pending(const void* address, int64_t bytes) = 0;

  // -- Clocks: what an actor has done and seen. release: the clock takes it up as well; acquire:
  // the actor has seen what the clock holds.
  virtual void release(Clock& clock) = 0;
  virtual void acquire(const Clock& clock) = 0;

  // -- Waiting. Sleeps until ready(), asked again whenever something has run. When nobody can go
  // on, that is a deadlock, in whose report `waits_for` tells what is missing.
  virtual void wait(const std::function<bool()>& ready,
                    const std::function<std::string()>& waits_for, CodeAddress site) = 0;

  // Kept until the block ends, one of each type.
  template <class T>
  T& state() {
    std::unique_ptr<BlockState>& found = state_of(typeid(T));
    if (!found) found = std::make_unique<T>();
    return static_cast<T&>(*found);
  }

 protected:
  virtual ~RunningBlock() = default;
  virtual std::unique_ptr<BlockState>& state_of(std::type_index type) = 0;
  virtual void set_actor(int actor) = 0;
};

}  // namespace hidet
