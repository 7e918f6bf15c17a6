// Sending a message that has to wait for room: a thread for each queue that is waited on.
#pragma once

#include <cstdint>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

class Sender;

// What a send came to, told on the sender's thread, under WaitLock: so it must be quick, and must not call back.
//
// 0: the message is in the queue. -ECANCELED: it is not, because CancelSend was quicker. -EMSGSIZE: it is not, and
// never will be, because the queue's msg_qbytes is below its length now. Any other -errno: msgsnd failed.
using SentListener = void (*)(void* context, int32_t token, Result result);

// Copies the message and sends it as soon as there is room. There must be none under way. False when there is no memory
// or no thread.
bool StartSend(Sender* sender, const MessageBuffer* message, size_t length);

// Gives the message under way up. What became of it is told as ever: it may have been sent just before.
void CancelSend(Sender* sender);

// Gives up and frees the sender. The listener is not called after this has returned.
void CloseSender(Sender* sender);
using OwnedSender = OwnedBy<Sender, CloseSender>;

// For one queue, and one message at a time.
OwnedSender OpenSender(int id, SentListener listener, void* context, int32_t token);

}  // namespace sysvmq
