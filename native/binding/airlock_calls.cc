#include "airlock_calls.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

#include "../core/airlock_waiter.h"
#include "../core/ipc_namespace.h"
#include "../core/shared_claim.h"
#include "arguments.h"
#include "environment.h"
#include "invoke.h"
#include "mailbox.h"

namespace sysvmq {

namespace {

Airlock* AirlockOf(Environment* environment) { return environment->Airlocks().Get(environment->Argument(kAirlock)); }

// checkAirlockFolder(folder): 0 or -errno.
napi_value CheckFolder(napi_env env, napi_callback_info info) {
  void* environment = nullptr;
  char folder[PATH_MAX];
  return Integer(env, ReadPaths(env, info, &environment, folder, nullptr) ? CheckAirlockFolder(folder) : -ENAMETOOLONG);
}

// Returns the number of an airlock just opened.
Result Keep(Environment* environment, Result result, Airlock* airlock) {
  if (result < 0) return result;
  const int32_t number = environment->Airlocks().Add(OwnedAirlock(airlock));
  return number < 0 ? -ENOMEM : number;
}

// createAirlock(folder, name): kCount slots of kCapacity bytes each, for the queue kId with the key kKey.
napi_value CreateAirlock(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  char folder[PATH_MAX];
  char name[NAME_MAX + 1];
  if (!ReadPaths(env, info, &data, folder, name)) return Integer(env, -ENAMETOOLONG);
  auto* environment = static_cast<Environment*>(data);
  const int32_t slots = environment->Argument(kCount);
  const int32_t capacity = environment->Argument(kCapacity);
  if (slots < 1 || capacity < 0) return Integer(env, -EINVAL);
  Airlock* airlock = nullptr;
  const Result result = Airlock::Create(folder, name, static_cast<uint32_t>(slots), static_cast<uint64_t>(capacity),
                                        environment->Argument(kId), environment->Argument(kKey), &airlock);
  return Integer(env, Keep(environment, result, airlock));
}

// openAirlock(folder, name): takes the file over, or with kFlags 1 only inspects it.
napi_value OpenAirlock(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  char folder[PATH_MAX];
  char name[NAME_MAX + 1];
  if (!ReadPaths(env, info, &data, folder, name)) return Integer(env, -ENAMETOOLONG);
  auto* environment = static_cast<Environment*>(data);
  const AirlockAccess access = environment->Argument(kFlags) == 0 ? AirlockAccess::kTakeOver : AirlockAccess::kInspect;
  Airlock* airlock = nullptr;
  const Result result = Airlock::Open(folder, name, access, &airlock);
  return Integer(env, Keep(environment, result, airlock));
}

Result CallCloseAirlock(Environment* environment) {
  return environment->Airlocks().Remove(environment->Argument(kAirlock)) ? 0 : -EINVAL;
}

Result CallDescribeAirlock(Environment* environment) {
  const Airlock* airlock = AirlockOf(environment);
  if (airlock == nullptr) return -EINVAL;
  environment->Field(kAirlockSlots) = airlock->SlotCount();
  environment->Field(kAirlockCapacity) = static_cast<double>(airlock->Capacity());
  environment->Field(kAirlockBytes) = static_cast<double>(airlock->Bytes());
  environment->Field(kAirlockInstanceLow) = static_cast<double>(airlock->Instance() & UINT32_MAX);
  environment->Field(kAirlockInstanceHigh) = static_cast<double>(airlock->Instance() >> 32);
  environment->Field(kAirlockQueueId) = airlock->QueueId();
  environment->Field(kAirlockOwner) = airlock->OwnerProcess();
  environment->Field(kAirlockOwnerLives) = airlock->OwnerLives() ? 1 : 0;
  environment->Field(kAirlockDamaged) = airlock->DamagedCount();
  environment->Field(kAirlockFree) = airlock->FreeCount();
  environment->Field(kAirlockLinked) = airlock->IsLinked() ? 1 : 0;
  return 0;
}

// Copies the message of a slot: its text into the inbox if there is room for kLength bytes, the rest into registers and
// fields. Returns the text's length, even when the text did not fit and was not copied.
Result Show(Environment* environment, const Airlock* airlock, int32_t slot) {
  InHand in_hand = {};
  const MessageBuffer* message = airlock->Read(slot, &in_hand);
  if (message == nullptr) return -ENOENT;
  const int32_t room = environment->Argument(kLength);
  environment->SetMessageType(in_hand.type);
  environment->Field(kInHandSequence) = static_cast<double>(in_hand.sequence);
  environment->Field(kInHandAttempts) = in_hand.attempts;
  environment->Field(kInHandNotBefore) = static_cast<double>(in_hand.not_before);
  environment->Field(kInHandTakenAt) = static_cast<double>(in_hand.taken_at);
  environment->Field(kInHandUncertain) = in_hand.uncertain ? 1 : 0;
  if (room >= 0 && in_hand.length <= static_cast<uint32_t>(room)) {
    MessageBuffer* copy = MessageIn(environment->Inbox().Range(), in_hand.length);
    if (copy == nullptr) return -EFAULT;
    memcpy(copy->Text(), message->Text(), in_hand.length);
  }
  return static_cast<Result>(in_hand.length);
}

// Takes the next message that matches and returns its slot. Its length is in kLength, and its text, if it fits, in the
// inbox.
Result CallTakeIntoAirlock(Environment* environment) {
  Airlock* airlock = AirlockOf(environment);
  if (airlock == nullptr) return -EINVAL;
  const Result slot =
      airlock->Take(environment->Argument(kId), environment->MessageType(), environment->Argument(kFlags));
  if (slot < 0) return slot;
  environment->Argument(kLength) = Show(environment, airlock, slot);
  return slot;
}

// Writes a message as the record of a batch at `at` in the inbox. Returns the record's end, or 0 when it does not fit.
size_t WriteRecord(const MemoryRange& inbox, size_t at, int32_t slot, const InHand& in_hand, const char* text) {
  const size_t bytes = RecordBytes(in_hand.length);
  if (bytes > inbox.bytes - at) return 0;
  const int64_t length_and_slot = (static_cast<int64_t>(slot) << 32) | static_cast<int64_t>(in_hand.length);
  memcpy(inbox.data + at, &length_and_slot, kLengthBytes);
  memcpy(inbox.data + at + kLengthBytes, &in_hand.type, sizeof(in_hand.type));
  memcpy(inbox.data + at + kRecordTextOffset, text, in_hand.length);
  return at + bytes;
}

// Takes up to kCount messages that match, each into a slot, and writes them as a batch into the inbox. Returns the
// number of records. kBatchEnd is 0 when more may follow, or the -errno of the take that failed. A message that does
// not fit the inbox ends the batch: it is in the slot kAirlockSlot, otherwise -1, and has no record. The messages have
// consecutive sequences, and kInHandSequence is the last one's.
Result CallTakeBatchIntoAirlock(Environment* environment) {
  Airlock* airlock = AirlockOf(environment);
  if (airlock == nullptr) return -EINVAL;
  const MemoryRange inbox = environment->Inbox().Range();
  const int32_t count = environment->Argument(kCount);
  environment->Argument(kBatchEnd) = 0;
  environment->Argument(kAirlockSlot) = -1;
  size_t at = 0;
  for (int32_t taken = 0; taken < count; taken++) {
    const Result slot =
        airlock->Take(environment->Argument(kId), environment->MessageType(), environment->Argument(kFlags));
    InHand in_hand = {};
    const MessageBuffer* message = slot < 0 ? nullptr : airlock->Read(slot, &in_hand);
    if (message == nullptr) {
      environment->Argument(kBatchEnd) = slot < 0 ? slot : -ENOENT;
      return taken;
    }
    environment->Field(kInHandSequence) = static_cast<double>(in_hand.sequence);
    environment->Field(kInHandTakenAt) = static_cast<double>(in_hand.taken_at);
    at = WriteRecord(inbox, at, slot, in_hand, message->Text());
    if (at == 0) {
      environment->Argument(kAirlockSlot) = slot;
      return taken;
    }
  }
  return count;
}

Result CallReadAirlock(Environment* environment) {
  const Airlock* airlock = AirlockOf(environment);
  return airlock == nullptr ? -EINVAL : Show(environment, airlock, environment->Argument(kAirlockSlot));
}

Result CallNextInHand(Environment* environment) {
  const Airlock* airlock = AirlockOf(environment);
  return airlock == nullptr ? -EINVAL : airlock->NextInHand(environment->Argument(kAirlockSlot));
}

Result CallNoteInAirlock(Environment* environment) {
  Airlock* airlock = AirlockOf(environment);
  if (airlock == nullptr) return -EINVAL;
  const auto not_before = static_cast<int64_t>(environment->Field(kInHandNotBefore));
  const auto attempts = static_cast<uint32_t>(environment->Argument(kAttempts));
  return airlock->Note(environment->Argument(kAirlockSlot), attempts, not_before) ? 0 : -ENOENT;
}

Result CallFreeInAirlock(Environment* environment) {
  Airlock* airlock = AirlockOf(environment);
  if (airlock == nullptr) return -EINVAL;
  return airlock->Free(environment->Argument(kAirlockSlot)) ? 0 : -ENOENT;
}

// Opens the waiter of an airlock and returns its number in the mailbox.
Result CallOpenAirlockWaiter(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  Airlock* airlock = AirlockOf(environment);
  if (mailbox == nullptr || airlock == nullptr) return -EINVAL;
  const int32_t slot = mailbox->AirlockWaiters().Add(
      OpenAirlockWaiter(airlock, Mailbox::OnAirlock, mailbox, environment->Argument(kToken)));
  return slot < 0 ? -ENOMEM : slot;
}

// Starts a wait for a matching message in a free slot, and returns that slot; -EAGAIN when no thread could be started.
Result CallStartAirlockWait(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  Airlock* airlock = AirlockOf(environment);
  AirlockWaiter* waiter = mailbox == nullptr ? nullptr : mailbox->AirlockWaiters().Get(environment->Argument(kSlot));
  if (airlock == nullptr || waiter == nullptr) return -EINVAL;
  const Result slot = airlock->ArmForWait();
  if (slot < 0) return slot;
  if (StartAirlockWait(waiter, slot, environment->Argument(kId), environment->MessageType(),
                       environment->Argument(kFlags))) {
    return slot;
  }
  airlock->SettleWait(slot, -EAGAIN);
  airlock->EndWait(slot);
  return -EAGAIN;
}

// The mailbox has reported the end of the wait in a slot.
Result CallEndAirlockWait(Environment* environment) {
  Airlock* airlock = AirlockOf(environment);
  const int32_t slot = environment->Argument(kAirlockSlot);
  if (airlock == nullptr || slot < 0 || static_cast<uint32_t>(slot) >= airlock->SlotCount()) return -EINVAL;
  airlock->EndWait(slot);
  return 0;
}

Result CallCancelAirlockWait(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  AirlockWaiter* waiter = mailbox == nullptr ? nullptr : mailbox->AirlockWaiters().Get(environment->Argument(kSlot));
  if (waiter == nullptr) return -EINVAL;
  CancelAirlockWait(waiter);
  return 0;
}

Result CallCloseAirlockWaiter(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  if (mailbox == nullptr) return -EINVAL;
  return mailbox->AirlockWaiters().Remove(environment->Argument(kSlot)) ? 0 : -EINVAL;
}

// claimFolder(folder): whether the consumers that share kKey use this folder. The claim's number is in kSlot.
napi_value CallClaimFolder(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  char folder[PATH_MAX];
  if (!ReadPaths(env, info, &data, folder, nullptr)) return Integer(env, -ENAMETOOLONG);
  auto* environment = static_cast<Environment*>(data);
  OwnedClaim claim(new SharedClaim());
  const Result result = ClaimFolder(environment->Argument(kKey), FolderIdentity(folder), claim.get());
  const int32_t number = result < 0 ? -1 : environment->Claims().Add(std::move(claim));
  environment->Argument(kSlot) = number;
  return Integer(env, result >= 0 && number < 0 ? -ENOMEM : result);
}

// A number that only this IPC namespace has, in two halves.
Result CallIdentifyNamespace(Environment* environment) {
  uint64_t mark = 0;
  const Result result = IdentifyIpcNamespace(&mark);
  environment->Field(kNamespaceMarkLow) = static_cast<double>(mark & UINT32_MAX);
  environment->Field(kNamespaceMarkHigh) = static_cast<double>(mark >> 32);
  return result;
}

Result CallReleaseClaim(Environment* environment) {
  return environment->Claims().Remove(environment->Argument(kSlot)) ? 0 : -EINVAL;
}

}  // namespace

bool DefineAirlockCalls(napi_env env, napi_value exports, Environment* environment) {
  const napi_property_descriptor calls[] = {
      Method("checkAirlockFolder", CheckFolder, environment),
      Method("createAirlock", CreateAirlock, environment),
      Method("openAirlock", OpenAirlock, environment),
      Method("closeAirlock", Invoke<CallCloseAirlock>, environment),
      Method("describeAirlock", Invoke<CallDescribeAirlock>, environment),
      Method("takeIntoAirlock", Invoke<CallTakeIntoAirlock>, environment),
      Method("takeBatchIntoAirlock", Invoke<CallTakeBatchIntoAirlock>, environment),
      Method("readAirlock", Invoke<CallReadAirlock>, environment),
      Method("nextInHand", Invoke<CallNextInHand>, environment),
      Method("noteInAirlock", Invoke<CallNoteInAirlock>, environment),
      Method("freeInAirlock", Invoke<CallFreeInAirlock>, environment),
      Method("openAirlockWaiter", Invoke<CallOpenAirlockWaiter>, environment),
      Method("startAirlockWait", Invoke<CallStartAirlockWait>, environment),
      Method("endAirlockWait", Invoke<CallEndAirlockWait>, environment),
      Method("cancelAirlockWait", Invoke<CallCancelAirlockWait>, environment),
      Method("closeAirlockWaiter", Invoke<CallCloseAirlockWaiter>, environment),
      Method("claimFolder", CallClaimFolder, environment),
      Method("releaseClaim", Invoke<CallReleaseClaim>, environment),
      Method("identifyNamespace", Invoke<CallIdentifyNamespace>, environment),
  };
  return napi_define_properties(env, exports, sizeof(calls) / sizeof(calls[0]), calls) == napi_ok;
}

}  // namespace sysvmq
