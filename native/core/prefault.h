// Maps memory before its first use.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace sysvmq {

// Has the kernel map all pages that lie in the range, in one system call: a page fault for each page costs two to
// thirty times as much (docs/internals.md). Linux 5.14 and later (madvise(2), MADV_POPULATE_WRITE); earlier kernels
// refuse, and the pages come one by one, as usual. Any thread.
inline void Prefault(void* data, size_t bytes) {
  constexpr int kPopulateWrite = 23;  // glibc 2.35 and later have MADV_POPULATE_WRITE.
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(data);
  const size_t skipped = (page - begin % page) % page;
  const size_t whole = bytes < skipped ? 0 : (bytes - skipped) / page * page;
  if (whole > 0) madvise(static_cast<char*>(data) + skipped, whole, kPopulateWrite);
}

}  // namespace sysvmq
