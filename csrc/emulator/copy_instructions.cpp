// cp.async: each thread's copies are done at the wait for their group, or sooner; nobody may touch
// what they write until then.
#include <cstring>

#include "base/error.h"
#include "emulator/async_groups.h"
#include "emulator/completion.h"
#include "emulator/emulated_instructions.h"

namespace hidet {

namespace {

constexpr int kNotThere = 0x7f;  // every byte, until the copy is done

struct Copy {
  uint8_t* shared;
  const uint8_t* global;
  int size;   // of shared memory
  int bytes;  // of global memory
  bool is_done;
  CodeAddress site;

  void perform() const {
    std::memset(shared, 0, static_cast<size_t>(size));
    std::memcpy(shared, global, static_cast<size_t>(bytes));
  }
};

struct Copies : BlockState {
  std::vector<AsyncGroups<Copy>> of_thread;
};

AsyncGroups<Copy>& copies_of_thread(RunningBlock& block) {
  auto& all = block.state<Copies>().of_thread;
  all.resize(static_cast<size_t>(block.threads()));
  return all[block.thread().number];
}

}  // namespace

void emulate_copy(int32_t size, void* shared, const void* global, int32_t bytes, const void* site) {
  RunningBlock& block = RunningBlock::current();
  block.shared_offset(shared, site);
  if (bytes < 0 || bytes > size)
    block.fail(Check::other, hidet::format("cp.async of {} bytes into {}", bytes, size), site,
               shared);
  if (reinterpret_cast<uintptr_t>(global) % static_cast<uintptr_t>(size) != 0)
    block.fail(
        Check::alignment,
        hidet::format("cp.async of {} bytes from an address that is no multiple of it", size), site,
        global);
  if (bytes > 0) block.check_read(global, bytes, site, size);
  block.check_write(shared, size, site);
  block.mark_pending(shared, size, true, "cp.async", site);
  std::memset(shared, kNotThere, static_cast<size_t>(size));
  Copy copy{static_cast<uint8_t*>(shared),
            static_cast<const uint8_t*>(global),
            size,
            bytes,
            is_done_at_once(block),
            site};
  if (copy.is_done) copy.perform();
  copies_of_thread(block).add(copy);
}

void emulate_commit_copies() {
  copies_of_thread(RunningBlock::current()).commit();
}

void emulate_wait_copies(int32_t leaving, const void* /*site*/) {
  RunningBlock& block = RunningBlock::current();
  for (const Copy& copy : copies_of_thread(block).wait(static_cast<size_t>(leaving))) {
    block.clear_pending(copy.shared, copy.size);
    // Written now: others see it when they have synchronised with this thread after the wait.
    block.check_write(copy.shared, copy.size, copy.site);
    if (!copy.is_done) copy.perform();
  }
}

}  // namespace hidet
