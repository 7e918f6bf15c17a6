// A thread of this library: small, named, and blocking every signal but the one that wakes it.
#pragma once

#include <pthread.h>
#include <sys/types.h>

namespace sysvmq {

// Starts a detached thread that runs `run(argument)`. Its stack is small, because thousands of these threads may wait
// at once: the minimum of the C library and the kernel in this process, and a little for our frames. False when the
// system cannot create another thread.
//
// The thread blocks every signal, so no handler of the program runs on it. Sleeper unblocks the signals that bring it
// back (interval_signal.h).
bool StartSmallThread(const char* name, void (*run)(void*), void* argument);

// The kernel's id of the calling thread, by which tgkill and timers address it.
pid_t CurrentThreadId();

}  // namespace sysvmq
