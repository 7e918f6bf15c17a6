// Sends messages one after the other, each as soon as there is room, and notes each in a file once the queue has it.
//
// A note is some stores to the mapped file. So after a kill of the process, the file lacks at most the message that was
// in the queue and not noted yet.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

class NotingSender;

// Receives the result of a batch, on the sender's thread, under WaitLock: it must be quick, and must not call back.
//
// > 0: so many messages, the first ones, are in the queue and noted. Otherwise none is, and the result is as for a
// SentListener (sender.h).
using NotedListener = void (*)(void* context, int32_t token, Result result);

// A batch is a sequence of messages, in eight-byte words of this processor: the length of the text, the type, the text
// with padding to whole words, the number of stores, and two words for each store, its offset in the file and its
// value.
//
// Copies the batch and sends from its beginning, in order, for the time of a turn, and at least the first message.
//
// 0; -EAGAIN without memory or a thread, or while the previous batch is under way; -EINVAL or -EFAULT when this is no
// such batch.
Result StartNotedBatch(NotingSender* sender, const char* batch, size_t bytes, int32_t count);

// Sends no further message. The listener still receives the result.
void CancelNotedBatch(NotingSender* sender);

// Cancels and frees the sender. The listener is not called after this has returned. A message that goes into the queue
// at that moment is noted.
void CloseNotingSender(NotingSender* sender);
using OwnedNotingSender = OwnedBy<NotingSender, CloseNotingSender>;

// A receiver that takes one message a second must not keep the result of a whole batch.
inline constexpr int64_t kTurnMs = 5;

// Notes in the first `bytes` of the file. Returns 0, or what MapFileStart (mapped_file.h) does.
Result OpenNotingSender(int id, const char* path, size_t bytes, NotedListener listener, void* context, int32_t token,
                        OwnedNotingSender* sender, int64_t turn_ms = kTurnMs);

}  // namespace sysvmq
