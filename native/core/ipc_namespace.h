// Tells the IPC namespace of this process from every other one, those that are gone included.
//
// The kernel gives the inode of a namespace that is gone to the next one, so the inode alone would make messages of
// the old namespace those of the new one. Linux 6.18 numbers namespaces, and no number comes twice before a reboot. On
// an older kernel a small segment of System V shared memory marks the namespace, and goes with it.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "system_calls.h"

namespace sysvmq {

// Returns 0, or -errno when the kernel has no numbers and the namespace can't be marked either.
Result IdentifyIpcNamespace(uint64_t* mark);

// The random number in the segment of `key`, which is created if it is missing and stays. -EEXIST: the segment is
// another program's.
Result ReadNamespaceMark(key_t key, uint64_t* mark);

}  // namespace sysvmq
