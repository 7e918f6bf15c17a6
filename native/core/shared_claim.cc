#include "shared_claim.h"

#include <fcntl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <atomic>
#include <cerrno>

#include "airlock_text.h"
#include "file_status.h"

namespace sysvmq {

namespace {

constexpr uint32_t kClaimMagic = 0x6D61696Cu;

struct Claim {
  std::atomic<uint32_t> magic;
  std::atomic<uint32_t> identity;
};

Result Detach(SharedClaim* claim, Result result) {
  shmdt(claim->memory);
  *claim = SharedClaim{};
  return result;
}

}  // namespace

uint32_t FolderIdentity(const char* folder) {
  struct statx about = {};
  if (ReadFileStatus(folder, &about) < 0) return 0;
  uint64_t identity = MixHash(makedev(about.stx_dev_major, about.stx_dev_minor), about.stx_ino);
  if ((about.stx_mask & STATX_BTIME) != 0) {
    identity =
        MixHash(identity, static_cast<uint64_t>(about.stx_btime.tv_sec) * 1'000'000'000u + about.stx_btime.tv_nsec);
  }
  const auto folded = static_cast<uint32_t>(identity ^ (identity >> 32));
  return folded == 0 ? 1 : folded;
}

Result ClaimFolder(key_t key, uint32_t identity, SharedClaim* claim) {
  claim->id = shmget(key, sizeof(Claim), IPC_CREAT | 0600);
  if (claim->id < 0) return -errno;
  claim->memory = shmat(claim->id, nullptr, 0);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): what shmat returns for a failure (shmat(2)).
  if (claim->memory == reinterpret_cast<void*>(-1)) {
    claim->memory = nullptr;
    return -errno;
  }
  auto* shared = static_cast<Claim*>(claim->memory);
  uint32_t magic = 0;
  // A key is 32 bits of a hash, so the segment may be another program's.
  if (!shared->magic.compare_exchange_strong(magic, kClaimMagic) && magic != kClaimMagic) return Detach(claim, -EEXIST);
  uint32_t found = 0;
  if (shared->identity.compare_exchange_strong(found, identity) || found == identity) return 0;
  shmid_ds status = {};
  if (shmctl(claim->id, IPC_STAT, &status) < 0) return Detach(claim, -errno);
  if (status.shm_nattch > 1) return Detach(claim, -EXDEV);
  shared->identity.store(identity);
  return 1;
}

void ReleaseClaim(SharedClaim* claim) {
  if (claim->memory == nullptr) return;
  const int id = claim->id;
  Detach(claim, 0);
  shmid_ds status = {};
  if (shmctl(id, IPC_STAT, &status) == 0 && status.shm_nattch == 0) shmctl(id, IPC_RMID, nullptr);
}

}  // namespace sysvmq
