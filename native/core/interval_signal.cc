#include "interval_signal.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

// glibc names the member in <signal.h> only since 2.38. The layout is the kernel's and has not changed.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace sysvmq {

namespace {

// The interval of the repetition, in case the first signal was lost.
constexpr int64_t kRepeatNanoseconds = 2'000'000;

// Does nothing: its presence makes the signal interrupt a system call instead of ending the process.
void OnWakeSignal(int) {}

enum class Holder : uint8_t { kNobody, kIgnored, kUs, kOthers };

Holder HolderOf(int signal_number) {
  struct sigaction current = {};
  if (sigaction(signal_number, nullptr, &current) != 0 || (current.sa_flags & SA_SIGINFO) != 0) return Holder::kOthers;
  if (current.sa_handler == OnWakeSignal) return Holder::kUs;
  if (current.sa_handler == SIG_IGN) return Holder::kIgnored;
  return current.sa_handler == SIG_DFL ? Holder::kNobody : Holder::kOthers;
}

// SA_RESTART keeps the system calls of other code from failing; the kernel never restarts a blocked msgsnd or msgrcv.
// Two threads may get here at once: both install the same handler on the same signal, which is harmless.
bool Install(int signal_number) {
  struct sigaction ours = {};
  ours.sa_handler = OnWakeSignal;
  ours.sa_flags = SA_RESTART;
  sigemptyset(&ours.sa_mask);
  return sigaction(signal_number, &ours, nullptr) == 0;
}

// Ignoring a real-time signal is a choice that the program has made, so it stays ignored. SIGURG is ignored by default.
bool Take(int signal_number) {
  const Holder holder = HolderOf(signal_number);
  if (holder == Holder::kUs) return true;
  const bool is_free = holder == Holder::kNobody || (holder == Holder::kIgnored && signal_number == SIGURG);
  return is_free && Install(signal_number);
}

timespec ToTimespec(int64_t nanoseconds) {
  return {static_cast<time_t>(nanoseconds / 1'000'000'000), static_cast<long>(nanoseconds % 1'000'000'000)};
}

}  // namespace

int AcquireWakeSignal(int other_than) {
  if (other_than != SIGURG && Take(SIGURG)) return SIGURG;
  for (int number = SIGRTMAX; number >= SIGRTMIN; number--) {
    if (number != other_than && Take(number)) return number;
  }
  return 0;
}

// Our handler was installed before, so a disposition of "default" or "ignore" is a reset, and belongs to no other
// handler.
bool RetakeWakeSignal(int signal_number) {
  const Holder holder = HolderOf(signal_number);
  return holder == Holder::kUs || (holder != Holder::kOthers && Install(signal_number));
}

void UnblockSignal(int signal_number) {
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, signal_number);
  pthread_sigmask(SIG_UNBLOCK, &wake, nullptr);
}

// Calls the kernel directly: glibc's functions of the same names have moved between libraries (librt, libc), carry a
// version that older systems lack, and hide the kernel's id in a timer_t.
bool SignalTimer::Create(pid_t thread, int signal) {
  Delete();
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_notify_thread_id = thread;
  created_ = syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer_) == 0;
  return created_;
}

void SignalTimer::Start(int64_t delay_ns) {
  if (!created_ || running_) return;
  itimerspec when = {};
  when.it_value = ToTimespec(delay_ns);
  when.it_interval = ToTimespec(kRepeatNanoseconds);
  running_ = syscall(SYS_timer_settime, timer_, 0, &when, nullptr) == 0;
}

void SignalTimer::Stop() {
  const itimerspec never = {};
  if (running_) syscall(SYS_timer_settime, timer_, 0, &never, nullptr);
  running_ = false;
}

void SignalTimer::Delete() {
  if (created_) syscall(SYS_timer_delete, timer_);
  created_ = false;
  running_ = false;
}

IntervalSignal::IntervalSignal(int64_t delay_ms) {
  const int number = AcquireWakeSignal();
  if (number == 0) return;
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, number);
  pthread_sigmask(SIG_UNBLOCK, &wake, &mask_before_);
  armed_ = timer_.Create(static_cast<pid_t>(syscall(SYS_gettid)), number);
  timer_.Start(delay_ms * 1'000'000);
  if (!armed_) pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

// The kernel delivers a pending signal when timer_delete returns, because the mask is restored only afterwards. So none
// can arrive later.
IntervalSignal::~IntervalSignal() {
  if (!armed_) return;
  timer_.Delete();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace sysvmq
