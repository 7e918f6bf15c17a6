// Room on a tmpfs for all of a file, so that no access to its mapping raises SIGBUS.
#pragma once

#include <fcntl.h>

#include <cerrno>
#include <cstdint>

#include "system_calls.h"

namespace sysvmq {

// Reserves the blocks, which ftruncate alone would not do. A signal may interrupt the filesystem.
inline Result ReserveRoom(int file, uint64_t bytes) {
  int error = 0;
  do error = posix_fallocate(file, 0, static_cast<off_t>(bytes));
  while (error == EINTR);
  return -error;
}

}  // namespace sysvmq
