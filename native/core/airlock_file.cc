#include "airlock_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "airlock_text.h"
#include "file_room.h"
#include "file_status.h"

namespace sysvmq {

namespace {

uint64_t SealOf(const AirlockHeader* header) {
  return HashText(reinterpret_cast<const char*>(header), offsetof(AirlockHeader, seal));
}

// Opens and checks the folder. Returns its descriptor or -errno. The check is of the descriptor, because the path could
// lead to another folder a moment later.
int OpenFolder(const char* folder) {
  const int directory = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  // O_NOFOLLOW fails with ELOOP for a symbolic link.
  if (directory < 0) return errno == ELOOP ? -ENOTDIR : -errno;
  struct statx about = {};
  struct statfs system = {};
  Result result = ReadFileStatus(directory, &about);
  if (result == 0 && fstatfs(directory, &system) < 0) result = -errno;
  if (result < 0) {
    close(directory);
    return result;
  }
  if (about.stx_uid != geteuid() || (about.stx_mode & 077) != 0) {
    result = -EPERM;
  } else if (system.f_type != TMPFS_MAGIC) {
    // Writeback to a disk makes pages read-only for a moment, and msgrcv would lose a message that arrives then.
    result = -EOPNOTSUPP;
  }
  if (result == 0) return directory;
  close(directory);
  return result;
}

// The tmpfs has room for all of the file (ReserveRoom), so no access raises SIGBUS and no msgrcv fails with EFAULT.
// MAP_POPULATE avoids page faults, which a kill could interrupt in the middle of a message.
Result MapFile(uint64_t bytes, AirlockMapping* mapping) {
  const int protection = mapping->writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* memory =
      mmap(nullptr, bytes, protection, MAP_SHARED | (mapping->writable ? MAP_POPULATE : 0), mapping->file, 0);
  if (memory == MAP_FAILED) return -errno;
  // A forked child must not share the slots.
  madvise(memory, bytes, MADV_DONTFORK);
  mapping->header = static_cast<AirlockHeader*>(memory);
  mapping->bytes = bytes;
  return 0;
}

Result Initialize(uint32_t slots, uint64_t capacity, int queue_id, int queue_key, AirlockHeader* header) {
  memcpy(header->magic, kAirlockMagic, sizeof(kAirlockMagic));
  header->version = kAirlockVersion;
  header->slots = slots;
  header->capacity = capacity;
  header->queue_id = queue_id;
  header->queue_key = queue_key;
  // libc's getrandom needs glibc 2.25; the system call does not.
  if (syscall(SYS_getrandom, &header->instance, sizeof(header->instance), 0) != sizeof(header->instance)) return -EIO;
  header->seal = SealOf(header);
  for (size_t index = 0; index < slots; index++) {
    AirlockSlotAt(header, capacity, index)->state.store(kSlotFree, std::memory_order_relaxed);
  }
  header->next = 1;
  header->pid.store(getpid(), std::memory_order_release);
  return 0;
}

// Whether the header is plausible for a file of this size.
Result CheckHeader(const AirlockHeader* header, uint64_t bytes) {
  if (memcmp(header->magic, kAirlockMagic, sizeof(kAirlockMagic)) != 0) return -EBADMSG;
  if (header->version != kAirlockVersion) return -EPROTO;
  const bool plausible = header->seal == SealOf(header) && header->slots > 0 && header->slots <= kMaxAirlockSlots &&
                         header->capacity <= INT32_MAX && AirlockBytes(header->slots, header->capacity) == bytes;
  return plausible ? 0 : -EBADMSG;
}

// Names the unnamed file once it is locked and complete, so that no process finds a partial one.
Result GiveName(int file, int directory, const char* name) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
  return linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

Result LockAndFill(int directory, const char* name, uint32_t slots, uint64_t capacity, int queue_id, int queue_key,
                   AirlockMapping* mapping) {
  const uint64_t bytes = AirlockBytes(slots, capacity);
  Result result = flock(mapping->file, LOCK_EX | LOCK_NB) < 0 ? -errno : ReserveRoom(mapping->file, bytes);
  if (result == 0) result = MapFile(bytes, mapping);
  if (result == 0) result = Initialize(slots, capacity, queue_id, queue_key, mapping->header);
  return result == 0 ? GiveName(mapping->file, directory, name) : result;
}

Result LockAndCheck(AirlockAccess access, AirlockMapping* mapping) {
  struct statx about = {};
  if (mapping->writable && flock(mapping->file, LOCK_EX | LOCK_NB) < 0) return -errno;
  if (const Result result = ReadFileStatus(mapping->file, &about); result < 0) return result;
  // The owner may have removed the file between open and flock.
  if (access == AirlockAccess::kTakeOver && about.stx_nlink == 0) return -ENOENT;
  if (!S_ISREG(about.stx_mode) || about.stx_uid != geteuid()) return -EPERM;
  if (about.stx_size < kAirlockHeaderBytes) return -EBADMSG;
  const uint64_t bytes = about.stx_size;
  // Another program may have made the file sparse, or longer.
  alignas(AirlockHeader) char header[sizeof(AirlockHeader)];
  if (pread(mapping->file, header, sizeof(header), 0) != static_cast<ssize_t>(sizeof(header))) return -EBADMSG;
  Result result = CheckHeader(reinterpret_cast<const AirlockHeader*>(header), bytes);
  if (result == 0 && mapping->writable) result = ReserveRoom(mapping->file, bytes);
  return result == 0 ? MapFile(bytes, mapping) : result;
}

}  // namespace

Result CheckAirlockFolder(const char* folder) {
  const int directory = OpenFolder(folder);
  if (directory < 0) return directory;
  close(directory);
  return 0;
}

Result CreateAirlockFile(const char* folder, const char* name, uint32_t slots, uint64_t capacity, int queue_id,
                         int queue_key, AirlockMapping* mapping) {
  if (slots == 0 || slots > kMaxAirlockSlots || capacity > INT32_MAX) return -EINVAL;
  const int directory = OpenFolder(folder);
  if (directory < 0) return directory;
  mapping->writable = true;
  mapping->file = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  const Result result =
      mapping->file < 0 ? -errno : LockAndFill(directory, name, slots, capacity, queue_id, queue_key, mapping);
  close(directory);
  if (result < 0) CloseAirlockFile(mapping);
  return result;
}

Result OpenAirlockFile(const char* folder, const char* name, AirlockAccess access, AirlockMapping* mapping) {
  const int directory = OpenFolder(folder);
  if (directory < 0) return directory;
  mapping->writable = access == AirlockAccess::kTakeOver;
  mapping->file =
      openat(directory, name, (mapping->writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  const Result result = mapping->file < 0 ? -errno : LockAndCheck(access, mapping);
  close(directory);
  if (result < 0) {
    CloseAirlockFile(mapping);
  } else if (mapping->writable) {
    mapping->header->pid.store(getpid(), std::memory_order_release);
  }
  return result;
}

void CloseAirlockFile(AirlockMapping* mapping) {
  if (mapping->header != nullptr) munmap(mapping->header, mapping->bytes);
  if (mapping->file >= 0) close(mapping->file);
  *mapping = AirlockMapping{};
}

bool AirlockIsLinked(int file) {
  struct statx about = {};
  return ReadFileStatus(file, &about) < 0 || about.stx_nlink > 0;
}

bool AirlockOwnerLives(int file) {
  if (flock(file, LOCK_SH | LOCK_NB) < 0) return errno == EWOULDBLOCK;
  flock(file, LOCK_UN);
  return false;
}

}  // namespace sysvmq
