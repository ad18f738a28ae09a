#include "emulator/completion.h"

namespace hidet {

namespace {

struct Choices : BlockState {
  uint64_t made = 0;
};

// The finaliser of splitmix64.
uint64_t mixed(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

}  // namespace

bool is_done_at_once(RunningBlock& block) {
  const Schedule& schedule = block.schedule();
  if (schedule.completion != Schedule::Completion::random)
    return schedule.completion == Schedule::Completion::early;
  const EmulatedPoint& index = block.thread().block_index;
  const uint64_t place = index.x | uint64_t{index.y} << 24 | uint64_t{index.z} << 44;
  return mixed(schedule.seed + mixed(place) + 0x9e3779b97f4a7c15 * ++block.state<Choices>().made) &
         1;
}

}  // namespace hidet
