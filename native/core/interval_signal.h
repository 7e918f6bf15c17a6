// Signals that come again and again until the thread they are meant for has noticed.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>

namespace sysvmq {

// A signal that this library may use in this process, with our handler, which does nothing, installed; 0 where there is
// none. Not `other_than`.
//
// SIGURG first: a program that does not ask for it never notices it, so that nothing happens should another library
// reset it in the moment in which it is sent, and the kernel delivers it also where RLIMIT_SIGPENDING is exhausted.
// Where somebody handles it, the highest real-time signal that nobody handles.
//
// Found anew before each use, because dispositions belong to the process and another library may have reset one, or
// taken it, meanwhile.
int AcquireWakeSignal(int other_than = 0);

// Whether the signal may be sent: our handler is installed, or was taken out and is installed again. False where
// somebody else handles it now.
bool RetakeWakeSignal(int signal_number);

// Has the calling thread hear the signal.
void UnblockSignal(int signal_number);

// A timer that sends a signal to one thread of this process, first after a delay and then every 2 ms.
//
// A blocked msgsnd or msgrcv knows no timeout; it ends early only for a signal. A signal that arrives just before the
// thread has entered the kernel is lost, so this one repeats until it is stopped.
class SignalTimer {
 public:
  SignalTimer() = default;
  ~SignalTimer() { Delete(); }
  SignalTimer(const SignalTimer&) = delete;
  SignalTimer& operator=(const SignalTimer&) = delete;

  // False where the kernel refuses the timer (RLIMIT_SIGPENDING counts timers).
  bool Create(pid_t thread, int signal);
  bool IsCreated() const { return created_; }
  // `delay_ns` must be above 0: a timer that is set to 0 never fires.
  void Start(int64_t delay_ns);
  // One signal may be on its way. Stopping twice is fine.
  void Stop();
  // After this no signal of the timer is sent any more, nor on its way.
  void Delete();

 private:
  bool created_ = false;
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

  // False where the kernel refused the timer, or every signal is taken.
  bool Armed() const { return armed_; }

 private:
  bool armed_ = false;
  SignalTimer timer_;
  sigset_t mask_before_;
};

}  // namespace sysvmq
