// msgsnd and msgrcv as system calls, without libc's wrappers.
//
// A pair of them costs some 30 ns less this way in a process with several threads, and Node.js always has several.
// libc's wrappers are cancellation points, each of which performs two atomic operations; we cancel no thread
// (docs/internals.md). Being inline, these calls also return to no outer frame: after a system call, the processor
// predicts each such return wrongly.
#pragma once

#include <sys/syscall.h>

#include <cerrno>
#include <cstdint>

#include "sanitized.h"

// The sanitizers intercept libc's functions and cannot see what these calls read and write.
#if !defined(SYSVMQ_SANITIZED) && (defined(__x86_64__) || defined(__aarch64__)) && defined(SYS_msgsnd)
#define SYSVMQ_RAW_SYSTEM_CALLS 1

namespace sysvmq {

// Returns the kernel's result: >= 0, or -errno.
inline long RawSystemCall(long number, long a, long b, long c, long d, long e) {
#if defined(__x86_64__)
  long result = 0;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory", "cc");
  return x0;
#endif
}

}  // namespace sysvmq
#endif
