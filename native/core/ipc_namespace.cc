#include "ipc_namespace.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "airlock_text.h"

namespace sysvmq {

namespace {

// NS_GET_ID of include/uapi/linux/nsfs.h, which older headers lack.
constexpr unsigned long kGetNamespaceId = _IOR(0xb7, 13, uint64_t);

constexpr uint32_t kMarkMagic = 0x6D61726Bu;

struct Mark {
  std::atomic<uint32_t> magic;
  std::atomic<uint32_t> low;
  std::atomic<uint32_t> high;
};

Result ReadKernelId(uint64_t* id) {
  const int file = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  const Result result = ioctl(file, kGetNamespaceId, id) < 0 ? -errno : 0;
  close(file);
  return result;
}

// The first process to come decides; 0 means that none has.
uint32_t Settle(std::atomic<uint32_t>* half) {
  uint32_t random = 0;
  // libc's getrandom needs glibc 2.25; the system call does not.
  if (syscall(SYS_getrandom, &random, sizeof(random), 0) != sizeof(random) || random == 0) random = 1;
  uint32_t found = 0;
  return half->compare_exchange_strong(found, random) ? random : found;
}

// Each user has a mark: another one's segment is not readable.
key_t MarkKey() {
  const uint64_t hash = MixHash(HashText("sysvmq namespace", 16), geteuid());
  const auto key = static_cast<key_t>(hash ^ (hash >> 32));
  return key == IPC_PRIVATE ? 1 : key;
}

}  // namespace

Result ReadNamespaceMark(key_t key, uint64_t* mark) {
  const int id = shmget(key, sizeof(Mark), IPC_CREAT | 0600);
  if (id < 0) return -errno;
  void* memory = shmat(id, nullptr, 0);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): what shmat returns for a failure (shmat(2)).
  if (memory == reinterpret_cast<void*>(-1)) return -errno;
  auto* shared = static_cast<Mark*>(memory);
  uint32_t magic = 0;
  // A key is 32 bits of a hash, so the segment may be another program's.
  const bool is_ours = shared->magic.compare_exchange_strong(magic, kMarkMagic) || magic == kMarkMagic;
  if (is_ours) *mark = static_cast<uint64_t>(Settle(&shared->high)) << 32 | Settle(&shared->low);
  shmdt(memory);
  return is_ours ? 0 : -EEXIST;
}

Result IdentifyIpcNamespace(uint64_t* mark) { return ReadKernelId(mark) == 0 ? 0 : ReadNamespaceMark(MarkKey(), mark); }

}  // namespace sysvmq
