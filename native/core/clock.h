// The clock of timeouts and deadlines.
#pragma once

#include <cstdint>
#include <ctime>

namespace sysvmq {

// Nanoseconds of the machine's monotonic clock, which is never set back.
inline int64_t MonotonicNow() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace sysvmq
