// Records which state folder the consumers of a name use, for all processes of an IPC namespace.
//
// Two containers can share an IPC namespace, and so its queues, but have a /dev/shm each. Neither would find the
// messages that the other had in hand when it died. A segment of System V shared memory therefore holds the folder's
// identity. The kernel counts the attached processes, and detaches those that die.
#pragma once

#include <cstdint>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

// An attachment to the segment of a key.
struct SharedClaim {
  int id = -1;
  void* memory = nullptr;
};

// A number that identifies a folder; 0 when the folder is not readable.
uint32_t FolderIdentity(const char* folder);

// Returns 0 when every other consumer uses this folder, or there is none; 1 when the last one used another folder and
// has ended; -EXDEV when a living process uses another folder. Any other -errno: unknown.
Result ClaimFolder(key_t key, uint32_t identity, SharedClaim* claim);

// Detaches. The last process removes the segment.
void ReleaseClaim(SharedClaim* claim);

inline void EndClaim(SharedClaim* claim) {
  ReleaseClaim(claim);
  delete claim;
}
using OwnedClaim = OwnedBy<SharedClaim, EndClaim>;

}  // namespace sysvmq
