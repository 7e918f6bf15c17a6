#include "wait_lock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "small_thread.h"

namespace sysvmq {

namespace {

// How soon the signal comes again. The first one is sent at once and nearly always does.
constexpr int64_t kRepeatDelayNanoseconds = 1'000'000;

}  // namespace

pthread_mutex_t WaitLock::mutex_ = PTHREAD_MUTEX_INITIALIZER;

Sleeper::Sleeper() {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&condition_, &attributes);
  pthread_condattr_destroy(&attributes);
}

Sleeper::~Sleeper() {
  timer_.Stop();
  pthread_cond_destroy(&condition_);
}

void Sleeper::BindToThisThread() {
  thread_ = CurrentThreadId();
  signal_ = AcquireWakeSignal();
}

void Sleeper::LeaveKernel() {
  in_kernel_ = false;
  timer_.Stop();
}

bool Sleeper::Rest(int seconds) {
  timespec until = {};
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += seconds;
  resting_ = true;
  const int result = pthread_cond_timedwait(&condition_, WaitLock::Mutex(), &until);
  resting_ = false;
  return result != ETIMEDOUT;
}

void Sleeper::Wake() {
  if (resting_) pthread_cond_signal(&condition_);
  if (!in_kernel_) return;
  syscall(SYS_tgkill, getpid(), thread_, signal_);
  timer_.Start(thread_, signal_, kRepeatDelayNanoseconds);
}

}  // namespace sysvmq
