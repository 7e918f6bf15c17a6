#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "file_room.h"
#include "file_status.h"

namespace sysvmq {

namespace {

Result MapOpenFile(int file, size_t bytes, void** memory) {
  struct statx about = {};
  Result result = ReadFileStatus(file, &about);
  if (result == 0 && about.stx_size < bytes) result = -EBADMSG;
  if (result == 0) result = ReserveRoom(file, bytes);
  if (result < 0) return result;
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) return -errno;
  // A forked child must not write there.
  madvise(mapped, bytes, MADV_DONTFORK);
  *memory = mapped;
  return 0;
}

}  // namespace

Result MapFileStart(const char* path, size_t bytes, void** memory) {
  const int file = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return -errno;
  const Result result = MapOpenFile(file, bytes, memory);
  close(file);
  return result;
}

void UnmapFile(void* memory, size_t bytes) { munmap(memory, bytes); }

}  // namespace sysvmq
