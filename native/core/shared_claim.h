// Which state folder the consumers of a name use, told to each other through the IPC namespace that they share.
//
// Two containers can have the same IPC namespace, and so the same queues, but another /dev/shm each. Neither would ever
// find what the other had in hand when it died. A segment of System V shared memory holds the folder's identity; the
// kernel counts who is attached, and takes away those that die.
#pragma once

#include <cstdint>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

// Attached to the segment of a key.
struct SharedClaim {
  int id = -1;
  void* memory = nullptr;
};

// What tells one folder from another: 0 where it can't be read.
uint32_t FolderIdentity(const char* folder);

// 0: all use this folder, or nobody else does. 1: the last one used another, and has ended. -EXDEV: somebody who lives
// uses another. Else -errno: nothing is known.
Result ClaimFolder(key_t key, uint32_t identity, SharedClaim* claim);

// The last one to leave removes the segment.
void ReleaseClaim(SharedClaim* claim);

inline void EndClaim(SharedClaim* claim) {
  ReleaseClaim(claim);
  delete claim;
}
using OwnedClaim = OwnedBy<SharedClaim, EndClaim>;

}  // namespace sysvmq
