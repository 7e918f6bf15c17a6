// A thread of ours: small, named, and deaf to every signal but the one that wakes it.
#pragma once

#include <pthread.h>
#include <sys/types.h>

namespace sysvmq {

// Starts a detached thread that runs `run(argument)`. Its stack is small, because thousands of them may wait at once:
// what the C library and the kernel need in this process, and a little for us. False where the system has no room for
// another thread.
//
// The thread blocks every signal, so that no handler of the program ever runs on it. Sleeper unblocks those that bring
// it back (interval_signal.h).
bool StartSmallThread(const char* name, void (*run)(void*), void* argument);

// The kernel's id of the calling thread, which signals are directed to.
pid_t CurrentThreadId();

}  // namespace sysvmq
