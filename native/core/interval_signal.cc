#include "interval_signal.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

// glibc names the member in <signal.h> since 2.38 only; the layout is the kernel's and has always been there.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace sysvmq {

namespace {

// How soon the signal comes again when the first one was lost.
constexpr int64_t kRepeatNanoseconds = 2'000'000;

// Receives the signal so that it interrupts instead of ending the process; there is nothing to do.
void OnWakeSignal(int) {}

timespec ToTimespec(int64_t nanoseconds) { return {nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000}; }

}  // namespace

int AcquireWakeSignal() {
  for (int number = SIGRTMAX; number >= SIGRTMIN; number--) {
    struct sigaction current = {};
    if (sigaction(number, nullptr, &current) != 0) continue;
    if ((current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == OnWakeSignal) return number;
    if ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL) continue;
    struct sigaction ours = {};
    ours.sa_handler = OnWakeSignal;  // Without SA_RESTART, though a blocked msgsnd or msgrcv is never restarted anyway.
    sigemptyset(&ours.sa_mask);
    // Two threads may get here at once: both install the same handler on the same signal, which changes nothing.
    if (sigaction(number, &ours, nullptr) == 0) return number;
  }
  return 0;
}

// The system calls are made directly: the glibc functions of the same names moved between libraries (librt, libc) and
// carry a version that older systems lack, and glibc's timer_t hides the kernel's id.
bool SignalTimer::Start(pid_t thread, int signal, int64_t delay_ns) {
  if (running_) return true;
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_notify_thread_id = thread;
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer_) != 0) return false;
  itimerspec when = {};
  when.it_value = ToTimespec(delay_ns);
  when.it_interval = ToTimespec(kRepeatNanoseconds);
  syscall(SYS_timer_settime, timer_, 0, &when, nullptr);
  running_ = true;
  return true;
}

void SignalTimer::Stop() {
  if (running_) syscall(SYS_timer_delete, timer_);
  running_ = false;
}

IntervalSignal::IntervalSignal(int64_t delay_ms) {
  const int number = AcquireWakeSignal();
  if (number == 0) return;
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, number);
  pthread_sigmask(SIG_UNBLOCK, &wake, &mask_before_);
  armed_ = timer_.Start(static_cast<pid_t>(syscall(SYS_gettid)), number, delay_ms * 1'000'000);
  if (!armed_) pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

// A signal that is still pending is delivered when timer_delete returns, because it is not blocked before the mask is
// put back: none can arrive after this.
IntervalSignal::~IntervalSignal() {
  if (!armed_) return;
  timer_.Stop();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace sysvmq
