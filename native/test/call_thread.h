// A system call on a thread of its own, and the conditions that a test can wait for instead of sleeping.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

#include "../core/clock.h"
#include "../core/system_calls.h"
#include "test_queue.h"

namespace sysvmq {

// Waits until `condition` holds. False, and the test fails, when that takes too long.
bool Until(const char* words, const std::function<bool()>& condition);

// Runs a call on a thread. Where a failed assertion has left the call blocked, the destructor removes the queue that it
// waits for, because it could not join the thread otherwise.
class CallThread {
 public:
  explicit CallThread(std::function<Result()> call);
  CallThread(const TestQueue& queue, std::function<Result()> call);
  ~CallThread();
  CallThread(const CallThread&) = delete;
  CallThread& operator=(const CallThread&) = delete;

  pid_t ThreadId() const { return thread_id_; }
  bool Ended() const { return ended_; }

  // Waits until the thread sleeps in the system call `number` (SYS_msgrcv, SYS_msgsnd).
  void AwaitBlockedIn(long number) const;
  // True where it sleeps there at this moment.
  bool IsBlockedIn(long number) const;

  void Interrupt(int signal_number);

  // Waits for the end of the call, and returns its result.
  Result Outcome();

 private:
  const TestQueue* queue_ = nullptr;
  Result result_ = 0;
  std::atomic<pid_t> thread_id_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

// Another library's signal handler, which counts. The destructor removes it.
class CountingHandler {
 public:
  CountingHandler(int signal_number, int flags);
  ~CountingHandler();
  CountingHandler(const CountingHandler&) = delete;
  CountingHandler& operator=(const CountingHandler&) = delete;

  // How often a counting handler has run in this process.
  static int Count();

 private:
  int signal_number_;
  struct sigaction before_ = {};
};

}  // namespace sysvmq
