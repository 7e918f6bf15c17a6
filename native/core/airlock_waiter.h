// Waits for a message with a slot of an airlock, because the wait itself takes an empty message.
#pragma once

#include "airlock.h"
#include "ownership.h"

namespace sysvmq {

class AirlockWaiter;

// Receives the result of a wait, on the waiter's thread, under WaitLock: it must be quick, and must not call back.
//
// -E2BIG: a message is there, or was a moment ago. 0: an empty message is in the slot. -ECANCELED: the wait was
// canceled. Any other -errno: the wait failed. The waiter no longer uses the slot: call EndWait for it.
using AirlockListener = void (*)(void* context, int32_t token, int id, Result result, int64_t type);

// Starts a wait in a slot from ArmForWait. The previous wait must have ended. False when no thread could be started.
bool StartAirlockWait(AirlockWaiter* waiter, int32_t slot, int id, int64_t type, int flags);

// Cancels the wait. The listener still receives its result, which may be an empty message that came just before.
void CancelAirlockWait(AirlockWaiter* waiter);

// Cancels the wait and frees the waiter. The listener is not called after this has returned. An empty message that
// comes at that moment stays in its slot, for the process that takes the file over.
void CloseAirlockWaiter(AirlockWaiter* waiter);
using OwnedAirlockWaiter = OwnedBy<AirlockWaiter, CloseAirlockWaiter>;

// Shares the airlock until the waiter is closed and its thread has left the kernel.
OwnedAirlockWaiter OpenAirlockWaiter(Airlock* airlock, AirlockListener listener, void* context, int32_t token);

}  // namespace sysvmq
