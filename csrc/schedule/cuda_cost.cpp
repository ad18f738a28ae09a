#include "schedule/cuda_cost.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "target/occupancy.h"

namespace hidet {

namespace {

// Of a launch behind another one on a stream.
constexpr double kLaunchSeconds = 2.5e-6;
// Share of the rates on paper that is reached where nothing else holds a kernel up.
constexpr double kReachedOfMemory = 0.9, kReachedOfProducts = 0.9;
constexpr double kCacheBytesAClock = 64;       // to one multiprocessor
constexpr double kCacheBytesAClockOfAll = 48;  // a multiprocessor, when all ask at once
// Share of what the other units do that is not hidden behind the busiest one.
constexpr double kNotOverlapped = 0.25;
constexpr double kSharedPassesAClock = 1;
constexpr double kIssuedAClock = 4;  // instructions of warps
constexpr double kSpecialFunctionsAClock = 16;
// Clocks from a load to its data in registers, and from shared memory, barrier included.
constexpr double kLoadLatency = 600, kStepLatency = 60;
// Warps of a multiprocessor that hide what instructions wait for one another: two for each of its
// four schedulers.
constexpr double kWarpsToFill = 8;

struct Limit {
  double clocks;
  std::string_view name;
};

Limit larger(Limit a, Limit b) {
  return b.clocks > a.clocks ? b : a;
}

// A step of `at_once` blocks on one multiprocessor.
Limit step_of(const CudaWork& work, const CudaDevice& device, double at_once) {
  const double rate = work.flops_a_clock > 0 ? work.flops_a_clock : device.f32_rate;
  const double warps = at_once * std::ceil(work.threads / 32.0);
  const double filled = std::min(1.0, warps / kWarpsToFill);
  const std::array<Limit, 5> units = {
      {{work.flops / (rate * kReachedOfProducts), "products"},
       {work.shared_passes / kSharedPassesAClock, "shared memory"},
       {work.issued / kIssuedAClock, "issue"},
       {work.loaded_bytes / kCacheBytesAClock, "cache"},
       {work.special_functions / kSpecialFunctionsAClock, "issue"}}};
  Limit busiest = units[0];
  double all = 0;
  for (const Limit& unit : units) {
    busiest = larger(busiest, unit);
    all += unit.clocks;
  }
  busiest.clocks += kNotOverlapped * (all - busiest.clocks);
  busiest.clocks = busiest.clocks * at_once / filled;
  if (filled < 1) busiest.name = "latency";
  // Loads are asked for stages - 1 steps before they are used.
  const double waited = work.stages > 1 ? kLoadLatency / (work.stages - 1) : kLoadLatency;
  return larger({busiest.clocks + kStepLatency, busiest.name}, {waited + kStepLatency, "latency"});
}

}  // namespace

CudaTime cuda_time(const CudaWork& work, const Target& target) {
  const CudaDevice& device = target.cuda;
  const Occupancy found = occupancy(device, work.threads, work.registers, work.shared_bytes);
  CudaTime result{.blocks_at_once = found.blocks};
  if (found.blocks == 0) {
    result.seconds = INFINITY;
    result.limit = found.limit;
    return result;
  }
  const double processors = std::max(1, device.multiprocessors);
  const double blocks = std::max(0.0, work.blocks);
  const double slots = processors * found.blocks;
  result.waves = blocks / slots;
  // Each wave but the last one is full.
  const double full = std::floor(result.waves);
  const double left = blocks - full * slots;
  const auto wave = [&](double at_once) {
    const Limit step = step_of(work, device, at_once);
    const double around = kLoadLatency + at_once * work.stored_bytes / kCacheBytesAClock;
    return Limit{work.steps * step.clocks + around, step.name};
  };
  Limit total{0, "latency"};
  if (full > 0) total = {full * wave(found.blocks).clocks, wave(found.blocks).name};
  if (left > 0) {
    const Limit last = wave(std::ceil(left / processors));
    total = {total.clocks + last.clocks, full > 0 ? total.name : last.name};
  }
  const double from_cache = blocks * (work.steps * work.loaded_bytes + work.stored_bytes) /
                            (kCacheBytesAClockOfAll * processors);
  total = larger(total, {from_cache, "cache"});
  const double memory_clocks =
      work.memory_bytes * device.clock_hertz / (kReachedOfMemory * device.memory_bytes_per_second);
  total = larger(total, {memory_clocks, "memory"});
  result.limit = total.name;
  result.seconds = kLaunchSeconds + total.clocks / device.clock_hertz;
  return result;
}

double hinted(const SizeExpr& size, const std::vector<int64_t>& hints, int64_t otherwise) {
  std::vector<int64_t> symbols = hints;
  while (static_cast<int>(symbols.size()) < size.symbol_count()) symbols.push_back(otherwise);
  return static_cast<double>(size.evaluate(symbols));
}

}  // namespace hidet
