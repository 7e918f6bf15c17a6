// The beginning of a file as memory: a store is in the file at once, without a system call, and outlives a process that
// `kill -9` ends.
#pragma once

#include <cstddef>

#include "system_calls.h"

namespace sysvmq {

// Maps the first `bytes` of the file. The mapping stays until UnmapFile, whatever becomes of the file's name. Returns
// 0, -EBADMSG (the file is shorter), or the error of open, posix_fallocate or mmap.
Result MapFileStart(const char* path, size_t bytes, void** memory);

void UnmapFile(void* memory, size_t bytes);

}  // namespace sysvmq
