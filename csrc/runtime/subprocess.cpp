#include "runtime/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

extern char** environ;

namespace hidet {

namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kOutputLimit = 1 << 20;

struct Running {
  size_t index;
  pid_t process;
  int output;
  Clock::time_point deadline;
};

// Its own process group, so that it can be killed with its children; standard input is empty.
bool start(const std::vector<std::string>& command, Running& running) {
  int ends[2];
  if (command.empty() || pipe2(ends, O_CLOEXEC) != 0) return false;
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, ends[1], 1);
  posix_spawn_file_actions_adddup2(&files, ends[1], 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, standard;
  sigemptyset(&none);
  sigfillset(&standard);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &standard);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int error = posix_spawnp(&running.process, words[0], &files, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  close(ends[1]);
  running.output = ends[0];
  if (error != 0) close(ends[0]);
  return error == 0;
}

// True at the end of the output.
bool drain(int file, std::string& output) {
  char piece[4096];
  ssize_t size = read(file, piece, sizeof piece);
  if (size < 0) return errno != EINTR && errno != EAGAIN;
  size_t room = kOutputLimit - std::min(kOutputLimit, output.size());
  output.append(piece, std::min(room, static_cast<size_t>(size)));
  return size == 0;
}

// Waits for a process whose output has ended. One that somebody else has waited for counts as
// successful: what it was to make tells.
void finish(const Running& running, ProcessResult& result) {
  while (true) {
    int status = 0;
    pid_t ended = waitpid(running.process, &status, result.timed_out ? 0 : WNOHANG);
    if (ended == running.process) {
      result.succeeded = !result.timed_out && WIFEXITED(status) && WEXITSTATUS(status) == 0;
      break;
    }
    if (ended < 0 && errno != EINTR) {
      result.succeeded = !result.timed_out;
      break;
    }
    if (ended == 0 && Clock::now() > running.deadline) {
      result.timed_out = true;
      kill(-running.process, SIGKILL);
    }
    if (ended == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  close(running.output);
}

}  // namespace

std::vector<ProcessResult> run_processes(const std::vector<std::vector<std::string>>& commands,
                                         int parallel, double timeout_seconds,
                                         const std::function<void(size_t index)>& finished) {
  std::vector<ProcessResult> results(commands.size());
  std::vector<Running> running;
  auto timeout =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(timeout_seconds));
  size_t next = 0;
  while (next < commands.size() || !running.empty()) {
    while (next < commands.size() && running.size() < static_cast<size_t>(std::max(parallel, 1))) {
      Running one{next, 0, -1, Clock::now() + timeout};
      results[next].started = start(commands[next], one);
      if (results[next].started)
        running.push_back(one);
      else if (finished)
        finished(next);
      next++;
    }
    if (running.empty()) continue;
    std::vector<pollfd> files;
    Clock::time_point deadline = running[0].deadline;
    for (const Running& one : running) {
      files.push_back({one.output, POLLIN, 0});
      deadline = std::min(deadline, one.deadline);
    }
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    poll(files.data(), files.size(),
         static_cast<int>(std::clamp<int64_t>(left.count() + 1, 0, 60000)));
    for (size_t i = running.size(); i-- > 0;) {
      Running one = running[i];
      ProcessResult& result = results[one.index];
      bool over = files[i].revents != 0 && drain(one.output, result.output);
      if (!over && Clock::now() > one.deadline) {
        result.timed_out = over = true;
        kill(-one.process, SIGKILL);
      }
      if (!over) continue;
      finish(one, result);
      running.erase(running.begin() + static_cast<ptrdiff_t>(i));
      if (finished) finished(one.index);
    }
  }
  return results;
}

int available_cores() {
  cpu_set_t cores;
  return sched_getaffinity(0, sizeof cores, &cores) == 0 ? std::max(CPU_COUNT(&cores), 1) : 1;
}

}  // namespace hidet
