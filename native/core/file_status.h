// stat through the system call statx. libc's fstat and statx need glibc 2.33 and 2.28.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "system_calls.h"

namespace sysvmq {

inline Result ReadFileStatus(const char* path, struct statx* about) {
  return syscall(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, about) < 0 ? -errno : 0;
}

inline Result ReadFileStatus(int file, struct statx* about) {
  return syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, about) < 0 ? -errno : 0;
}

}  // namespace sysvmq
