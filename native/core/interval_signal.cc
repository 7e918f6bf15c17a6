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

enum class Holder : uint8_t { kNobody, kIgnored, kUs, kOthers };

Holder HolderOf(int signal_number) {
  struct sigaction current = {};
  if (sigaction(signal_number, nullptr, &current) != 0 || (current.sa_flags & SA_SIGINFO) != 0) return Holder::kOthers;
  if (current.sa_handler == OnWakeSignal) return Holder::kUs;
  if (current.sa_handler == SIG_IGN) return Holder::kIgnored;
  return current.sa_handler == SIG_DFL ? Holder::kNobody : Holder::kOthers;
}

// With SA_RESTART, so that others' system calls notice nothing; a blocked msgsnd or msgrcv is never restarted. Two
// threads may get here at once: both install the same handler on the same signal, which changes nothing.
bool Install(int signal_number) {
  struct sigaction ours = {};
  ours.sa_handler = OnWakeSignal;
  ours.sa_flags = SA_RESTART;
  sigemptyset(&ours.sa_mask);
  return sigaction(signal_number, &ours, nullptr) == 0;
}

// To ignore a real-time signal is a decision that somebody has made; SIGURG is ignored unless it is handled.
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

// Ours was there before: a disposition that is now the default, or to ignore it, is nobody's handler.
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

// The system calls are made directly: the glibc functions of the same names moved between libraries (librt, libc) and
// carry a version that older systems lack, and glibc's timer_t hides the kernel's id.
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

// A signal that is still pending is delivered when timer_delete returns, because it is not blocked before the mask is
// put back: none can arrive after this.
IntervalSignal::~IntervalSignal() {
  if (!armed_) return;
  timer_.Delete();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace sysvmq
