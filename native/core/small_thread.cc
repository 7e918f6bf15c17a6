#include "small_thread.h"

#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "interval_signal.h"
#include "sanitized.h"

namespace sysvmq {

namespace {

// Enough for msgrcv, the handler's frame with the widest registers there are, and the C library's own share. Sanitizers
// need far more.
#ifdef SYSVMQ_SANITIZED
constexpr size_t kStackBytes = size_t{1024} * 1024;
#else
constexpr size_t kStackBytes = size_t{64} * 1024;
#endif

struct Start {
  const char* name;
  void (*run)(void*);
  void* argument;
};

void* RunThread(void* start_pointer) {
  auto* start_on_heap = static_cast<Start*>(start_pointer);
  const Start start = *start_on_heap;
  delete start_on_heap;
  pthread_setname_np(pthread_self(), start.name);
  start.run(start.argument);
  return nullptr;
}

}  // namespace

bool StartSmallThread(const char* name, void (*run)(void*), void* argument) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);

  // The new thread inherits the mask that is set meanwhile, so that there is no moment at which it hears a signal.
  sigset_t all_but_wake;
  sigset_t before;
  sigfillset(&all_but_wake);
  sigdelset(&all_but_wake, AcquireWakeSignal());
  pthread_sigmask(SIG_SETMASK, &all_but_wake, &before);
  pthread_t thread = {};
  auto* start = new Start{name, run, argument};
  const bool started = pthread_create(&thread, &attributes, RunThread, start) == 0;
  if (!started) delete start;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return started;
}

pid_t CurrentThreadId() { return static_cast<pid_t>(syscall(SYS_gettid)); }

}  // namespace sysvmq
