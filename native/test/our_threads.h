// The threads of this process that waiters and senders have started, as the kernel shows them.
#pragma once

#include <string>
#include <vector>

namespace sysvmq {

// The kernel's ids of this process's threads with this name.
std::vector<int> ThreadsNamed(const std::string& name);

// Whether so many threads of this name sleep in the system call `number`.
bool ThreadsBlockedIn(const std::string& name, long number, size_t count);

// Waits until none of them is left: they end after resting for a while.
bool AwaitNoThreadsNamed(const std::string& name);

}  // namespace sysvmq
