// Memory through which messages pass between JavaScript and the kernel, in one direction.
#pragma once

#include <node_api.h>

#include <cstddef>

#include "../core/system_calls.h"
#include "shared_memory.h"

namespace sysvmq {

struct MemoryRange {
  char* data;
  size_t bytes;
};

// The offset of a message's text in the slab and in the inbox, on every processor. The type, a long, is directly before
// it, so a struct msgbuf begins four bytes later where a long has four bytes.
inline constexpr size_t kTextOffset = 8;
// The room for text of the initial ones. It holds a message of the default msgmax (8192), and a batch
// (lib/native/staging.ts), so that the default limits never need other memory. lib/native/message-memory.ts has both
// numbers; a test compares them with the memory that JavaScript gets.
inline constexpr size_t kInitialTextBytes = 65536;
static_assert(sizeof(MessageBuffer) <= kTextOffset);

// The struct msgbuf of the text at `text`.
inline MessageBuffer* MessageBefore(char* text) {
  return reinterpret_cast<MessageBuffer*>(text - sizeof(MessageBuffer));
}

// The range as a struct msgbuf with room for `length` bytes of text; nullptr when the range is too small or `length` is
// negative.
inline MessageBuffer* MessageIn(const MemoryRange& range, int64_t length) {
  const bool fits =
      length >= 0 && range.bytes >= kTextOffset && static_cast<uint64_t>(length) <= range.bytes - kTextOffset;
  return fits ? MessageBefore(range.data + kTextOffset) : nullptr;
}

// A record of a batch: a message's length and its type in eight bytes each, its text, and padding to a multiple of
// eight bytes. Where a long has 32 bits, the type as msgsnd and msgrcv use it replaces half of the wide one during the
// call. In a batch of an airlock, the upper half of the length is the message's slot.
inline constexpr size_t kLengthBytes = sizeof(int64_t);
inline constexpr size_t kRecordTextOffset = kLengthBytes + sizeof(int64_t);

inline size_t RecordBytes(size_t text_bytes) { return (kRecordTextOffset + text_bytes + 7) / 8 * 8; }

// The slab, from which messages are sent, or the inbox, in which they arrive. The initial memory is the addon's own, so
// that no call has to ask V8 where it is. For a message that does not fit, JavaScript puts an ArrayBuffer of V8's in
// its place. Used on the environment's JavaScript thread only.
class MessageMemory {
 public:
  MessageMemory() = default;
  MessageMemory(const MessageMemory&) = delete;
  MessageMemory& operator=(const MessageMemory&) = delete;

  // False when there is no memory, or the runtime does not share any.
  bool Allocate(napi_env env);
  // The ArrayBuffer of the initial memory.
  napi_value Initial() const;
  // Puts an ArrayBuffer in its place; nullptr: the initial memory again. False on failure; the one in use then stays.
  bool Use(napi_value buffer);
  // The memory in use. It is where it was last time only as long as it is the initial one.
  MemoryRange Range() const {
    if (other_ != nullptr) return Measure();
    return {static_cast<char*>(initial_->Data()), initial_->Bytes()};
  }

 private:
  // Where the ArrayBuffer is now: it may have been detached or resized since it was last used.
  MemoryRange Measure() const;

  napi_env env_ = nullptr;
  SharedMemory::Owner initial_;
  napi_ref initial_buffer_ = nullptr;
  // The ArrayBuffer in place of the initial memory, which this keeps alive; nullptr: none is.
  napi_ref other_ = nullptr;
};

}  // namespace sysvmq
