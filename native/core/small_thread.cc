#include "small_thread.h"

#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "sanitized.h"

// Weak: without it in the C library the pointer is nullptr, and the addon still loads.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): glibc's own name.
extern "C" __attribute__((weak)) size_t __pthread_get_minstack(const pthread_attr_t* attributes);

namespace sysvmq {

namespace {

// The stack for msgrcv and this folder's few frames, most of it in reserve for a signal handler of another library.
// Untouched memory costs nothing. Sanitizers need far more.
#ifdef SYSVMQ_SANITIZED
constexpr size_t kOurStackBytes = size_t{1024} * 1024;
#else
constexpr size_t kOurStackBytes = size_t{128} * 1024;
#endif

// Defaults for a C library or a kernel that reports no minimum.
constexpr size_t kMinimumBytes = size_t{16} * 1024;
constexpr size_t kSignalFrameBytes = size_t{16} * 1024;
constexpr int kMaxStackTries = 4;

// The size of a signal frame with every register of this processor; <sys/auxv.h> of older C libraries lacks the name.
constexpr unsigned long kMinSignalStackSize = 51;  // AT_MINSIGSTKSZ

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

// The part of a stack that the C library uses itself. glibc places the thread-local variables of the program and of its
// libraries there, which may be any number of bytes. It reports them through this function, which the Java virtual
// machine and Rust's standard library call, too. musl adds its own need by itself and has no such function.
size_t MinimumStackBytes(const pthread_attr_t* attributes) {
  const long by_rule = sysconf(_SC_THREAD_STACK_MIN);
  const size_t minimum = by_rule > 0 ? static_cast<size_t>(by_rule) : kMinimumBytes;
  const size_t by_library = __pthread_get_minstack != nullptr ? __pthread_get_minstack(attributes) : 0;
  return minimum > by_library ? minimum : by_library;
}

size_t SignalFrameBytes() {
  const size_t by_kernel = getauxval(kMinSignalStackSize);
  return by_kernel > kSignalFrameBytes ? by_kernel : kSignalFrameBytes;
}

// Doubles the stack when the C library still rejects it as too small.
bool CreateThread(pthread_attr_t* attributes, Start* start) {
  size_t bytes = MinimumStackBytes(attributes) + SignalFrameBytes() + kOurStackBytes;
  for (int attempt = 0; attempt < kMaxStackTries; attempt++, bytes *= 2) {
    pthread_t thread = {};
    if (pthread_attr_setstacksize(attributes, bytes) != 0) return false;
    const int error = pthread_create(&thread, attributes, RunThread, start);
    if (error != EINVAL) return error == 0;
  }
  return false;
}

}  // namespace

bool StartSmallThread(const char* name, void (*run)(void*), void* argument) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);

  // The new thread inherits this mask, so it never receives a signal, not even at its start.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  auto* start = new Start{name, run, argument};
  const bool started = CreateThread(&attributes, start);
  if (!started) delete start;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return started;
}

pid_t CurrentThreadId() { return static_cast<pid_t>(syscall(SYS_gettid)); }

}  // namespace sysvmq
