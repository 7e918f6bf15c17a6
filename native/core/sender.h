// Sends a message that must wait for room, on a thread for each queue with such a message.
#pragma once

#include <cstdint>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

class Sender;

// Receives the result of a send, on the sender's thread, under WaitLock: it must be quick, and must not call back.
//
// 0: the message is in the queue. -ECANCELED: it is not, because CancelSend came first. -EMSGSIZE: it is not, and it
// can never be, because msg_qbytes is now below its length. Any other -errno: msgsnd failed.
using SentListener = void (*)(void* context, int32_t token, Result result);

// Copies the message and sends it as soon as there is room. The previous send must have ended. False when memory or a
// thread is not available.
bool StartSend(Sender* sender, const MessageBuffer* message, size_t length);

// Cancels the send. The listener still receives its result: the message may have been sent just before.
void CancelSend(Sender* sender);

// Cancels the send and frees the sender. The listener is not called after this has returned.
void CloseSender(Sender* sender);
using OwnedSender = OwnedBy<Sender, CloseSender>;

// A sender serves one queue, and sends one message at a time.
OwnedSender OpenSender(int id, SentListener listener, void* context, int32_t token);

}  // namespace sysvmq
