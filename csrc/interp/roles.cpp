#include "interp/roles.h"

#include <algorithm>
#include <thread>

namespace hidet {

void Turns::pass_on(std::unique_lock<std::mutex>&, size_t self) {
  for (size_t step = 1; step <= ended_.size(); ++step) {
    const size_t next = (self + step) % ended_.size();
    if (ended_[next]) continue;
    current_ = next;
    turn_.notify_all();
    return;
  }
}

void Turns::body(size_t self, const std::function<void()>& function) {
  std::unique_lock<std::mutex> lock(mutex_);
  turn_.wait(lock, [&] { return current_ == self; });
  try {
    if (!failure_) function();
  } catch (const Stopped&) {
  } catch (...) {
    if (!failure_) failure_ = std::current_exception();
  }
  ended_[self] = true;
  changed();
  pass_on(lock, self);
}

void Turns::wait_until(const std::function<bool()>& ready, const std::string& what) {
  const size_t self = current_;
  if (ended_.empty()) {  // nobody else
    if (!ready()) throw InterpretError(what);
    return;
  }
  while (!ready()) {
    waits_since_[self] = changes_;
    bool stuck = true;
    for (size_t i = 0; i < ended_.size(); ++i)
      stuck = stuck && (ended_[i] || waits_since_[i] == changes_);
    if (stuck) throw InterpretError(what);
    // The caller runs inside of body(), which holds the mutex.
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    pass_on(lock, self);
    turn_.wait(lock, [&] { return current_ == self; });
    lock.release();
    if (failure_) throw Stopped();
  }
}

void Turns::run(const std::vector<std::function<void()>>& bodies) {
  ended_.assign(bodies.size(), false);
  waits_since_.assign(bodies.size(), 0);
  current_ = 0;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < bodies.size(); ++i) threads.emplace_back([&, i] { body(i, bodies[i]); });
  for (std::thread& thread : threads) thread.join();
  ended_.clear();
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace hidet
