// A timer that interrupts the calling thread's system calls with EINTR, first after a delay and then again and again.
#pragma once

#include <csignal>
#include <cstdint>

namespace sysvmq {

// A blocked msgsnd or msgrcv knows no timeout; it ends early only for a signal. A signal that arrives just before the
// thread has entered the kernel is lost, so this one repeats until the object goes away.
//
// Everything belongs to the thread that makes the object, and it must be destroyed on that thread. The signal is a
// real-time one whose handler does nothing; which one is found anew each time, because signal dispositions belong to
// the process and another library may have taken one meanwhile.
class IntervalSignal {
 public:
  // `delay_ms` must be above 0: a timer that is set to 0 never fires.
  explicit IntervalSignal(int64_t delay_ms);
  ~IntervalSignal();
  IntervalSignal(const IntervalSignal&) = delete;
  IntervalSignal& operator=(const IntervalSignal&) = delete;

  // False where the kernel refused the timer (RLIMIT_SIGPENDING counts timers) or every real-time signal is taken.
  bool Armed() const { return armed_; }

 private:
  bool armed_ = false;
  int timer_ = 0;
  sigset_t mask_before_;
};

// The real-time signal that this library may use in this process: the one it uses already, else the highest that
// nobody handles. 0 where there is none. Installs the handler.
int AcquireWakeSignal();

}  // namespace sysvmq
