// Forked processes, for changes that a process cannot undo: dropped rights, installed handlers.
#pragma once

#include <sys/resource.h>

#include <functional>

namespace sysvmq {

// Runs `body` in a forked process. Assertions that fail there print themselves there, and the test fails here. A forked
// process has one thread only, so the caller must have no other either.
void InChildProcess(const std::function<void()>& body);

// The same, without any capability: root is then a user whom the mode bits and the limits hold for.
void WithoutCapabilities(const std::function<void()>& body);

// The same, as another user (nobody). Needs CanBecomeNobody().
void AsNobody(const std::function<void()>& body);

// True for root, but not for the root of a user namespace, which knows one user id only.
bool CanBecomeNobody();

// While it lives this process cannot start a thread. It holds for ordinary users only: see AsNobody.
class NoMoreThreads {
 public:
  NoMoreThreads();
  ~NoMoreThreads();
  NoMoreThreads(const NoMoreThreads&) = delete;
  NoMoreThreads& operator=(const NoMoreThreads&) = delete;

 private:
  rlimit before_ = {};
};

}  // namespace sysvmq
