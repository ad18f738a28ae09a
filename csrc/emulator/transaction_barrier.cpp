#include "emulator/transaction_barrier.h"

#include "base/format.h"

namespace hidet {

namespace {

constexpr int64_t kMost = (int64_t{1} << 20) - 1;  // arrivals, and bytes under way

}  // namespace

std::string TransactionBarrier::init(int64_t arrivals) {
  if (expected_ != 0) return "a barrier in use is initialised again";
  if (arrivals < 1 || arrivals > kMost)
    return hidet::format("a barrier of {} arrivals: 1 to {} are possible", arrivals, kMost);
  expected_ = pending_ = arrivals;
  return "";
}

std::string TransactionBarrier::take_arrival() {
  if (!is_seen_)
    return hidet::format("an arrival of phase {}, but no thread has waited for phase {}", phase_,
                         phase_ - 1);
  if (pending_ == 0)
    return hidet::format("more than {} arrivals in phase {}, which waits for {} bytes", expected_,
                         phase_, bytes_);
  --pending_;
  return "";
}

std::string TransactionBarrier::count_bytes(int64_t bytes) {
  bytes_ += bytes;
  if (bytes_ < -kMost || bytes_ > kMost)
    return hidet::format("{} bytes are under way at once; at most {} can be counted", bytes_,
                         kMost);
  return "";
}

void TransactionBarrier::finish_phase() {
  if (pending_ != 0 || bytes_ != 0) return;
  ++phase_;
  pending_ = expected_;
  is_seen_ = false;
}

std::string TransactionBarrier::arrive() {
  std::string error = take_arrival();
  if (error.empty()) finish_phase();
  return error;
}

std::string TransactionBarrier::arrive_and_expect(int64_t bytes) {
  std::string error = count_bytes(bytes);
  if (error.empty()) error = take_arrival();
  if (error.empty()) finish_phase();
  return error;
}

std::string TransactionBarrier::complete(int64_t bytes) {
  std::string error = count_bytes(-bytes);
  // Who expects, arrives as well: nobody is left to do it.
  if (error.empty() && pending_ == 0 && bytes_ < 0)
    return hidet::format("{} bytes more than expected in phase {}", -bytes_, phase_);
  if (error.empty()) finish_phase();
  return error;
}

std::string TransactionBarrier::text() const {
  return hidet::format("phase {} lacks {} of {} arrivals and {} bytes", phase_, pending_, expected_,
                       bytes_);
}

}  // namespace hidet
