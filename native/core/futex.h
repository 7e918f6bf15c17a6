// Sleeping on a word of memory until another thread wakes the sleeper (futex(2)).
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>

namespace sysvmq {

// Sleeps while the word is `expected`, until WakeFutex or for at most `timeout` (nullptr: no bound). Signals do not end
// the sleep. It may return for no reason.
inline void AwaitFutex(std::atomic<uint32_t>* word, uint32_t expected, const timespec* timeout) {
  long result = 0;
  do result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout, nullptr, 0);
  while (result == -1 && errno == EINTR);
}

// Only uses the word's address. If the memory has another purpose by now, this wakes no thread, or one that checks its
// own word again.
inline void WakeFutex(void* word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

}  // namespace sysvmq
