// The rate of fused multiply-adds that this machine can sustain: threads that do nothing else.
// Independent chains hide the latency of the instruction; all of them stay in registers.
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
constexpr int kChains = 24;  // of 32 registers
#elif defined(__FMA__)
constexpr int kVectorBytes = 32;
constexpr int kChains = 12;  // of 16 registers
#else
constexpr int kVectorBytes = 16;
constexpr int kChains = 12;
#endif
typedef float Vector __attribute__((vector_size(kVectorBytes)));
constexpr int kLanes = kVectorBytes / sizeof(float);

Vector broadcast(float value) {
  Vector vector;
  for (int lane = 0; lane < kLanes; ++lane) vector[lane] = value;
  return vector;
}

void run_chains(long rounds, float* out) {
  Vector chains[kChains];
  for (int i = 0; i < kChains; ++i) chains[i] = broadcast(0.5f + i);
  Vector factor = broadcast(0.9999f);
  Vector term = broadcast(1e-4f);
  asm volatile("" : "+x"(factor), "+x"(term));  // unknown to the optimizer
  for (long round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (int i = 0; i < kChains; ++i) chains[i] = chains[i] * factor + term;
  }
  Vector sum = broadcast(0);
  for (int i = 0; i < kChains; ++i) sum += chains[i];
  *out = sum[0];
}

}  // namespace

// GFLOP/s of `threads` threads over about `seconds`.
extern "C" double fma_peak(int threads, double seconds) {
  using clock = std::chrono::steady_clock;
  constexpr long kRounds = 20000;
  std::atomic<int> ready{0};
  std::vector<double> rates(threads);
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&, t] {
      float sink = 0;
      run_chains(kRounds, &sink);
      ready.fetch_add(1);
      while (ready.load() < threads) {
      }
      long done = 0;
      const auto start = clock::now();
      double elapsed = 0;
      do {
        run_chains(kRounds, &sink);
        asm volatile("" : : "x"(sink));
        done += kRounds;
        elapsed = std::chrono::duration<double>(clock::now() - start).count();
      } while (elapsed < seconds);
      rates[t] = 2.0 * kLanes * kChains * done / elapsed;
    });
  }
  for (auto& thread : pool) thread.join();
  double total = 0;
  for (double rate : rates) total += rate;
  return total * 1e-9;
}
