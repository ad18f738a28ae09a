#include "emulator/schedule.h"

namespace hidet {

const Schedule (&proving_schedules())[3] {
  static const Schedule schedules[3] = {
      {},
      {.order = Schedule::Order::reverse, .completion = Schedule::Completion::early},
      {.order = Schedule::Order::random, .completion = Schedule::Completion::random, .seed = 1}};
  return schedules;
}

}  // namespace hidet
