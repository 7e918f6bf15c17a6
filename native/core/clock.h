// The clock that waits are measured by.
#pragma once

#include <cstdint>
#include <ctime>

namespace sysvmq {

// Nanoseconds since some moment, the same for the whole machine; it is never set back.
inline int64_t MonotonicNow() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace sysvmq
