#include "runtime/machine_rates.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hidet {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kRounds = 20000;
constexpr int kTrials = 12;
constexpr int64_t kCopiedBytes = int64_t{64} << 20;

// Seconds in which each thread of the host does `work`(index) once.
template <class Work>
double seconds_on_all(Host& host, int64_t threads, Work work) {
  const auto start = Clock::now();
  host.parallel_for(
      0, threads, 1,
      [](int64_t begin, int64_t end, void* context) {
        for (int64_t i = begin; i < end; i++) (*static_cast<Work*>(context))(i);
      },
      &work);
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Independent chains hide the latency of the instruction; all of them stay in registers.
template <int kChains, int kLanes>
float portable_chains() {
  float chains[kChains * kLanes];
  for (int i = 0; i < kChains * kLanes; i++) chains[i] = 0.5F + static_cast<float>(i);
  for (int64_t round = 0; round < kRounds; round++)
    for (float& chain : chains) chain = chain * 0.9999F + 1e-4F;
  float sum = 0;
  for (float chain : chains) sum += chain;
  return sum;
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) float avx512_chains() {
  __m512 chains[24];
  for (int i = 0; i < 24; i++) chains[i] = _mm512_set1_ps(0.5F + static_cast<float>(i));
  const __m512 factor = _mm512_set1_ps(0.9999F), term = _mm512_set1_ps(1e-4F);
  for (int64_t round = 0; round < kRounds; round++) {
#pragma GCC unroll 24
    for (int i = 0; i < 24; i++) chains[i] = _mm512_fmadd_ps(chains[i], factor, term);
  }
  __m512 sum = chains[0];
  for (int i = 1; i < 24; i++) sum = _mm512_add_ps(sum, chains[i]);
  float lanes[16];
  _mm512_storeu_ps(lanes, sum);
  return lanes[0];
}

__attribute__((target("avx2,fma"))) float avx2_chains() {
  __m256 chains[12];
  for (int i = 0; i < 12; i++) chains[i] = _mm256_set1_ps(0.5F + static_cast<float>(i));
  const __m256 factor = _mm256_set1_ps(0.9999F), term = _mm256_set1_ps(1e-4F);
  for (int64_t round = 0; round < kRounds; round++) {
#pragma GCC unroll 12
    for (int i = 0; i < 12; i++) chains[i] = _mm256_fmadd_ps(chains[i], factor, term);
  }
  __m256 sum = chains[0];
  for (int i = 1; i < 12; i++) sum = _mm256_add_ps(sum, chains[i]);
  return _mm256_cvtss_f32(sum);
}
#endif

// (the work of a thread, its multiply-adds)
struct Chains {
  float (*run)();
  double multiply_adds;
};

Chains widest_chains() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {avx512_chains, 24.0 * 16 * kRounds};
  if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2"))
    return {avx2_chains, 12.0 * 8 * kRounds};
#endif
  return {portable_chains<12, 4>, 12.0 * 4 * kRounds};
}

}  // namespace

MachineRates measure_machine(Host& host) {
  const int64_t threads = std::max<int64_t>(1, host.num_threads());
  MachineRates rates;
  const Chains chains = widest_chains();
  std::vector<float> sinks(threads);
  for (int trial = 0; trial < kTrials; trial++) {
    const double elapsed =
        seconds_on_all(host, threads, [&](int64_t i) { sinks[i] = chains.run(); });
    rates.multiply_adds = std::max(rates.multiply_adds,
                                   chains.multiply_adds * static_cast<double>(threads) / elapsed);
  }
  const int64_t piece = kCopiedBytes / threads;
  std::vector<char> source(kCopiedBytes, 1), target(kCopiedBytes, 2);
  for (int trial = 0; trial < 3; trial++) {
    const double elapsed = seconds_on_all(host, threads, [&](int64_t i) {
      std::memcpy(target.data() + i * piece, source.data() + i * piece, piece);
    });
    rates.bytes = std::max(rates.bytes, 2.0 * static_cast<double>(piece * threads) / elapsed);
  }
  return rates;
}

}  // namespace hidet
