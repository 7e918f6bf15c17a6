#include "taken_calls.h"

#include <cerrno>
#include <utility>

#include "../core/taken_messages.h"
#include "environment.h"
#include "invoke.h"

namespace sysvmq {

namespace {

// Copies the message in the slab. On failure returns nullptr, with the reason in `result`.
OwnedTaken CopyOfSlab(Environment* environment, Result* result) {
  const int32_t length = environment->Argument(kLength);
  MessageBuffer* message = MessageIn(environment->Slab().Range(), length);
  if (message == nullptr || !environment->TypeFits()) {
    *result = message == nullptr ? -EFAULT : -EINVAL;
    return nullptr;
  }
  message->type = environment->MessageType();
  OwnedTaken taken = CopyTaken(environment->Argument(kId), message, static_cast<size_t>(length));
  *result = taken == nullptr ? -ENOMEM : 0;
  return taken;
}

// Keeps the message in the slab for the next receive of this process that it matches.
Result CallKeepTaken(Environment* environment) {
  Result result = 0;
  OwnedTaken taken = CopyOfSlab(environment, &result);
  if (taken != nullptr) KeepTaken(std::move(taken));
  return result;
}

// Copies a message that JavaScript is about to hand out, and returns its slot. If this environment ends first, the
// message is kept.
Result CallHoldTaken(Environment* environment) {
  Result result = 0;
  OwnedTaken taken = CopyOfSlab(environment, &result);
  if (taken == nullptr) return result;
  const int32_t slot = environment->HeldMessages().Add(std::move(taken));
  return slot < 0 ? -ENOMEM : slot;
}

OwnedTaken TakeHeld(Environment* environment) { return environment->HeldMessages().Take(environment->Argument(kSlot)); }

// JavaScript has handed the message out.
Result CallDropHeld(Environment* environment) { return TakeHeld(environment) == nullptr ? -EINVAL : 0; }

// JavaScript will not hand the message out.
Result CallKeepHeld(Environment* environment) {
  OwnedTaken taken = TakeHeld(environment);
  if (taken == nullptr) return -EINVAL;
  KeepTaken(std::move(taken));
  return 0;
}

// For the end of the process: keeps the held messages and gives back all that their queues have room for. Returns the
// number that remain.
Result CallGiveBackKept(Environment* environment) {
  environment->KeepHeldMessages();
  return GiveBackKept(environment->Argument(kWaitMs));
}

Result CallCountKept(Environment*) { return static_cast<Result>(kept_messages.load()); }

// takeKept(): returns the bytes of the oldest kept message, with its queue, type and reason in the registers; undefined
// when there is none. It creates an object because it runs at the end of a process only.
napi_value TakeKept(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_value bytes = nullptr;
  if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data) != napi_ok) return nullptr;
  auto* environment = static_cast<Environment*>(data);
  OwnedTaken taken = TakeAnyKept();
  if (taken == nullptr) return nullptr;
  if (napi_create_buffer_copy(env, taken->length, taken->message.Text(), nullptr, &bytes) != napi_ok) {
    KeepTaken(std::move(taken));
    return nullptr;
  }
  environment->Argument(kId) = taken->id;
  environment->Argument(kResult) = taken->refused;
  environment->SetMessageType(taken->message.type);
  return bytes;
}

}  // namespace

bool DefineTakenCalls(napi_env env, napi_value exports, Environment* environment) {
  const napi_property_descriptor calls[] = {
      Method("keepTaken", Invoke<CallKeepTaken>, environment),
      Method("holdTaken", Invoke<CallHoldTaken>, environment),
      Method("dropHeld", Invoke<CallDropHeld>, environment),
      Method("keepHeld", Invoke<CallKeepHeld>, environment),
      Method("giveBackKept", Invoke<CallGiveBackKept>, environment),
      Method("countKept", Invoke<CallCountKept>, environment),
      Method("takeKept", TakeKept, environment),
  };
  return napi_define_properties(env, exports, sizeof(calls) / sizeof(calls[0]), calls) == napi_ok;
}

}  // namespace sysvmq
