// Signals that come again and again until the thread they are meant for has noticed.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>

namespace sysvmq {

// The real-time signal that this library may use in this process: the one it uses already, else the highest that
// nobody handles. 0 where there is none. Installs the handler, which does nothing.
//
// Which one is found anew each time, because signal dispositions belong to the process and another library may have
// taken one meanwhile.
int AcquireWakeSignal();

// A timer that sends a signal to one thread of this process, first after a delay and then every 2 ms.
//
// A blocked msgsnd or msgrcv knows no timeout; it ends early only for a signal. A signal that arrives just before the
// thread has entered the kernel is lost, so this one repeats until it is stopped.
class SignalTimer {
 public:
  // `delay_ns` must be above 0: a timer that is set to 0 never fires. False where the kernel refuses the timer
  // (RLIMIT_SIGPENDING counts timers).
  bool Start(pid_t thread, int signal, int64_t delay_ns);
  // After this no signal of the timer is sent any more. Stopping twice is fine.
  void Stop();

 private:
  bool running_ = false;
  int timer_ = 0;
};

// Interrupts the system calls of the thread that makes it, from `delay_ms` (above 0) on, until it is destroyed, on the
// same thread. They fail with EINTR.
class IntervalSignal {
 public:
  explicit IntervalSignal(int64_t delay_ms);
  ~IntervalSignal();
  IntervalSignal(const IntervalSignal&) = delete;
  IntervalSignal& operator=(const IntervalSignal&) = delete;

  // False where the kernel refused the timer, or every real-time signal is taken.
  bool Armed() const { return armed_; }

 private:
  bool armed_ = false;
  SignalTimer timer_;
  sigset_t mask_before_;
};

}  // namespace sysvmq
