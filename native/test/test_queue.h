// Queues and messages for the tests. Every queue goes with the object that made it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../core/system_calls.h"

namespace sysvmq {

// A MessageBuffer with room for a text.
class Message {
 public:
  // Filled with 0xFF, so that a test sees what a call has left alone.
  explicit Message(size_t capacity) : words_(WordsFor(capacity), -1) {}
  Message(int64_t type, std::string_view text);

  MessageBuffer* Buffer() { return reinterpret_cast<MessageBuffer*>(words_.data()); }
  int64_t Type() { return Buffer()->type; }
  std::string Text(size_t length) { return std::string(Buffer()->Text(), length); }

 private:
  static size_t WordsFor(size_t capacity) { return 1 + (capacity + sizeof(int64_t) - 1) / sizeof(int64_t); }

  std::vector<int64_t> words_;
};

class TestQueue {
 public:
  explicit TestQueue(int mode = 0600);
  ~TestQueue() { Remove(); }
  TestQueue(const TestQueue&) = delete;
  TestQueue& operator=(const TestQueue&) = delete;

  int Id() const { return id_; }
  msqid_ds Status() const;
  size_t MessageCount() const { return Status().msg_qnum; }

  // Without waiting.
  Result SendText(int64_t type, std::string_view text) const;
  // Nothing where there is no such message.
  std::optional<std::string> ReceiveText(int64_t type = 0, int flags = 0) const;

  // Changes msg_qbytes and nothing else.
  void SetMaxBytes(uint64_t max_bytes) const;
  void SetMode(mode_t mode) const;
  // Leaves room for `room` bytes in a queue that can hold 64.
  void FillButFor(size_t room) const;
  // Nothing happens where it is gone.
  void Remove() const { RemoveQueue(id_); }

 private:
  int id_;
};

// An id that no queue has had, and one that a queue had until now.
inline constexpr int kNoSuchQueue = std::numeric_limits<int>::max();
inline int RemovedQueue() { return TestQueue().Id(); }

// A key that no queue has.
key_t FreshKey();

// The ids of all queues of the namespace, from /proc/sysvipc/msg.
std::vector<int> QueueIds();

// Sets a limit of the namespace, such as "msgmax", and puts it back at the end.
class ChangedLimit {
 public:
  ChangedLimit(const char* name, int value);
  ~ChangedLimit();
  ChangedLimit(const ChangedLimit&) = delete;
  ChangedLimit& operator=(const ChangedLimit&) = delete;

 private:
  std::string file_;
  int before_ = 0;
};

// The value of a limit now.
int ReadLimit(const char* name);

}  // namespace sysvmq
