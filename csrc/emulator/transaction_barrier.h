// TransactionBarrier: the state of an mbarrier, which counts the arrivals of threads and the bytes
// of asynchronous copies.
#pragma once

#include <cstdint>
#include <string>

namespace hidet {

// A phase is over when all arrivals are in and as many bytes as were expected; the next begins at
// once. Each operation returns why it is an error; empty where it is none.
class TransactionBarrier {
 public:
  // Of an object that is no barrier yet.
  std::string init(int64_t arrivals);
  std::string arrive();
  // Counts more bytes, then arrives.
  std::string arrive_and_expect(int64_t bytes);
  // A copy has written its bytes; it may come before they are expected.
  std::string complete(int64_t bytes);

  // Whether the phase of this parity, the current one or the one before it, is over. The phase
  // before the first counts as over: a new barrier has seen parity 1.
  bool is_over(int parity) const { return (phase_ & 1) != static_cast<uint32_t>(parity & 1); }
  // A wait for it has come to its end.
  void see(int parity) { is_seen_ = is_seen_ || is_over(parity); }
  uint32_t phase() const { return phase_; }
  // "phase 3 lacks 1 of 2 arrivals and 512 bytes".
  std::string text() const;

 private:
  std::string count_bytes(int64_t bytes);
  std::string take_arrival();
  void finish_phase();

  uint32_t phase_ = 0;
  int64_t expected_ = 0, pending_ = 0;  // arrivals
  int64_t bytes_ = 0;                   // expected, less those that came
  bool is_seen_ = true;                 // a wait has seen the end of the phase before this one
};

}  // namespace hidet
