// Waiting for a message with a slot of an airlock at hand, because the wait itself takes an empty message.
#pragma once

#include "airlock.h"
#include "ownership.h"

namespace sysvmq {

class AirlockWaiter;

// What a wait came to, told on the waiter's thread, under WaitLock: so it must be quick, and must not call back.
//
// -E2BIG: a message is there, or was a moment ago. 0: an empty message is in the slot. -ECANCELED: given up. Any other
// -errno: the wait failed. The slot is not the waiter's any more: EndWait is to be called for it.
using AirlockListener = void (*)(void* context, int32_t token, int id, Result result, int64_t type);

// Waits in a slot that ArmForWait gave. There must be no wait under way. False when no thread could be started.
bool StartAirlockWait(AirlockWaiter* waiter, int32_t slot, int id, int64_t type, int flags);

// Gives the wait up. What became of it is told as ever: an empty message may have come just before.
void CancelAirlockWait(AirlockWaiter* waiter);

// Gives up and frees the waiter. The listener is not called after this has returned. An empty message that comes just
// then stays in its slot, for whoever takes the file over.
void CloseAirlockWaiter(AirlockWaiter* waiter);
using OwnedAirlockWaiter = OwnedBy<AirlockWaiter, CloseAirlockWaiter>;

// Holds on to the airlock until it is closed, and until its thread has left the kernel.
OwnedAirlockWaiter OpenAirlockWaiter(Airlock* airlock, AirlockListener listener, void* context, int32_t token);

}  // namespace sysvmq
