#include "emulator/emulator_table.h"

#include <bit>

#include "base/format.h"
#include "emulator/block_runner.h"
#include "emulator/emulated_instructions.h"

namespace hidet {

namespace {

using Kind = BlockRunner::Kind;

struct Exchange {
  int kind;  // as EmulatorInterface::shuffle has it
  uint32_t value;
  int operand, width;
  const void* site;
  uint32_t result;
};

// The lane that `lane` reads; itself where there is none in reach.
int source_of(const Exchange& wants, int lane) {
  const int first = lane & ~(wants.width - 1), last = first + wants.width - 1;
  switch (wants.kind) {
    case 0: {
      const int source = lane ^ wants.operand;
      return source > last ? lane : source;
    }
    case 1:
      return lane - wants.operand < first ? lane : lane - wants.operand;
    case 2:
      return lane + wants.operand > last ? lane : lane + wants.operand;
    default:
      return first + (wants.operand & (wants.width - 1));
  }
}

void exchange(std::span<void* const> lanes) {
  for (int lane = 0; lane < 32; lane++) {
    auto* wants = static_cast<Exchange*>(lanes[static_cast<size_t>(lane)]);
    if (!wants) continue;
    const int source = source_of(*wants, lane) & 31;
    const auto* from = static_cast<const Exchange*>(lanes[static_cast<size_t>(source)]);
    if (!from)
      RunningBlock::current().fail(
          Check::barriers,
          hidet::format("lane {} reads from lane {}, which takes no part", lane, source),
          wants->site);
    wants->result = from->value;
  }
}

uint32_t shuffle(int32_t kind, uint32_t mask, uint32_t value, int32_t operand, int32_t width,
                 const void* site) {
  constexpr const char* kNames[] = {"__shfl_xor_sync", "__shfl_up_sync", "__shfl_down_sync",
                                    "__shfl_sync"};
  Exchange wants{kind, value, operand, width, site, 0};
  BlockRunner::here().collective(kNames[kind], 32, mask, exchange, &wants, site, false);
  return wants.result;
}

struct Vote {
  bool yes;
  uint32_t result;
};

void vote(std::span<void* const> lanes) {
  uint32_t result = 0;
  for (size_t i = 0; i < lanes.size(); i++)
    if (const auto* each = static_cast<const Vote*>(lanes[i]); each && each->yes)
      result |= uint32_t{1} << i;
  for (void* each : lanes)
    if (each) static_cast<Vote*>(each)->result = result;
}

uint32_t ballot(uint32_t mask, int32_t predicate, const void* site) {
  Vote mine{predicate != 0, 0};
  BlockRunner::here().collective("a vote", 32, mask, vote, &mine, site, false);
  return mine.result;
}

}  // namespace

const EmulatorInterface& emulator_table() {
  static const EmulatorInterface table = {
      .thread = [] { return BlockRunner::here().current_thread(); },
      .read = &BlockRunner::read_by_code,
      .write = &BlockRunner::write_by_code,
      .read_range =
          [](const void* p, int64_t n, const void* site) {
            if (n > 0) BlockRunner::here().check(Kind::read, p, n, 1, site, false);
          },
      .write_range =
          [](void* p, int64_t n, const void* site) {
            if (n > 0) BlockRunner::here().check(Kind::write, p, n, 1, site, false);
          },
      .atomic =
          [](void* p, int64_t n, const void* site) {
            BlockRunner::here().check(Kind::atomic, p, n, static_cast<int>(n), site, false);
          },
      .barrier = [](int32_t id, int32_t threads,
                    const void* site) { BlockRunner::here().barrier(id, threads, true, site); },
      .sync_warp = [](uint32_t mask,
                      const void* site) { BlockRunner::here().sync_warp(mask, site); },
      .shuffle = shuffle,
      .ballot = ballot,
      .trap =
          [](const void* site) {
            BlockRunner::here().fail(Check::other, "the kernel stops itself (__trap)", site,
                                     nullptr);
          },
      .bad_index =
          [](const void* site) {
            BlockRunner::here().fail(Check::bounds, "an index outside of the thread's own array",
                                     site, nullptr);
          },
      .instructions = &emulated_instructions(),
  };
  return table;
}

}  // namespace hidet
