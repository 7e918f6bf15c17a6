// Signals that repeat until the thread that they are sent to has noticed.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>

namespace sysvmq {

// Returns a signal that this library may use in this process, after installing our handler, which does nothing; 0 when
// there is none. Never returns `other_than`.
//
// SIGURG comes first. By default it does nothing, so it stays harmless if another library resets it just when it is
// sent, and the kernel delivers it even when RLIMIT_SIGPENDING is exhausted. If another part of the program handles
// SIGURG, the choice is the highest real-time signal without a handler.
//
// Call it before each use: dispositions belong to the process, and another library may have reset or taken one
// meanwhile.
int AcquireWakeSignal(int other_than = 0);

// Whether the signal may be sent: our handler is installed, or was removed and is installed again. False when another
// part of the program handles it now.
bool RetakeWakeSignal(int signal_number);

// Unblocks the signal in the calling thread.
void UnblockSignal(int signal_number);

// A timer that sends a signal to one thread of this process, first after a delay and then every 2 ms.
//
// A blocked msgsnd or msgrcv has no timeout; only a signal ends it early. A signal that arrives just before the thread
// enters the kernel has no effect, so this one repeats until Stop.
class SignalTimer {
 public:
  SignalTimer() = default;
  ~SignalTimer() { Delete(); }
  SignalTimer(const SignalTimer&) = delete;
  SignalTimer& operator=(const SignalTimer&) = delete;

  // False when the kernel refuses the timer (RLIMIT_SIGPENDING counts timers).
  bool Create(pid_t thread, int signal);
  bool IsCreated() const { return created_; }
  // `delay_ns` must be above 0: a timer set to 0 never fires.
  void Start(int64_t delay_ns);
  // One more signal may arrive afterwards. Stopping twice is harmless.
  void Stop();
  // After this the timer sends no more signals, and none is pending.
  void Delete();

 private:
  bool created_ = false;
  bool running_ = false;
  int timer_ = 0;
};

// Interrupts the system calls of the thread that constructs it, from `delay_ms` (above 0) on, until the same thread
// destroys it. The calls fail with EINTR.
class IntervalSignal {
 public:
  explicit IntervalSignal(int64_t delay_ms);
  ~IntervalSignal();
  IntervalSignal(const IntervalSignal&) = delete;
  IntervalSignal& operator=(const IntervalSignal&) = delete;

  // False when the kernel refused the timer, or the program uses every signal.
  bool Armed() const { return armed_; }

 private:
  bool armed_ = false;
  SignalTimer timer_;
  sigset_t mask_before_;
};

}  // namespace sysvmq
