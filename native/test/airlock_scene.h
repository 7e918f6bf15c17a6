// Airlocks for the tests: a folder on a tmpfs, consumers in forked processes, and the fate of each message.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../core/airlock.h"
#include "test_queue.h"

namespace sysvmq {

// A folder of its own in /dev/shm, gone with its files at the end.
class StateFolder {
 public:
  StateFolder();
  ~StateFolder();
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;

  const char* Path() const { return path_.c_str(); }
  std::vector<std::string> Files() const;

 private:
  std::string path_;
};

// How many kills a test does: as many as SYSVMQ_KILLS says, else `few`.
int KillCount(int few);

// A text that tells its number and is checked by itself; some are empty of padding, some fill `most` bytes.
std::string NumberedText(uint32_t number, size_t most);
// The number, or -1 where the text is not one of ours, to the last byte.
int64_t NumberOf(const char* text, size_t length, size_t most);

// Memory that forked processes share.
class Tally {
 public:
  explicit Tally(size_t count);
  ~Tally();
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  void Count(size_t index) { __atomic_fetch_add(&counts_[index], 1, __ATOMIC_SEQ_CST); }
  uint32_t At(size_t index) const { return __atomic_load_n(&counts_[index], __ATOMIC_SEQ_CST); }

 private:
  uint32_t* counts_;
  size_t count_;
};

// Forks; `body` runs in the child, which ends with it.
pid_t Fork(const std::function<void()>& body);
void KillAndReap(pid_t child);

// Runs `body` in a child one instruction after the other, from the first SIGSTOP that it raises on, and kills it after
// `steps`. False where it had ended before.
bool KillAfterSteps(long steps, const std::function<void()>& body);

// How many steps `body` takes in all.
long CountSteps(const std::function<void()>& body);

}  // namespace sysvmq
