#include "calls.h"

#include <sched.h>

#include <cerrno>

#include "../core/bounded_wait.h"
#include "../core/clock.h"
#include "../core/system_calls.h"
#include "environment.h"
#include "invoke.h"

namespace sysvmq {

namespace {

Result CallMsgget(Environment* environment) {
  return GetQueue(environment->Argument(kKey), environment->Argument(kFlags));
}

// Lengths are set by our own TypeScript, which keeps the memory large enough. They are checked all the same: a mistake
// there must not become a read or a write beyond it.
Result CallMsgsnd(Environment* environment) {
  const int32_t length = environment->Argument(kLength);
  MessageBuffer* message = MessageIn(environment->Slab(), length);
  if (message == nullptr) return -EFAULT;
  message->type = environment->MessageType();
  const int id = environment->Argument(kId);
  const int flags = environment->Argument(kFlags);
  if ((flags & IPC_NOWAIT) != 0) return Send(id, message, static_cast<size_t>(length), flags);
  return SendWithin(environment->Argument(kWaitMs), id, message, static_cast<size_t>(length), flags);
}

// Whoever is to send may be waiting for this very processor. Where others take it, and for long, this comes to an end:
// the event loop waits meanwhile.
constexpr int64_t kLongestTriesNanoseconds = 30'000;

Result ReceiveInTries(int32_t tries, int id, MessageBuffer* message, size_t capacity, int64_t type, int flags) {
  Result result = Receive(id, message, capacity, type, flags);
  if (tries <= 1 || result != -ENOMSG) return result;
  const int64_t until = MonotonicNow() + kLongestTriesNanoseconds;
  for (; tries > 1 && result == -ENOMSG && MonotonicNow() < until; tries--) {
    sched_yield();
    result = Receive(id, message, capacity, type, flags);
  }
  return result;
}

Result CallMsgrcv(Environment* environment) {
  const int32_t capacity = environment->Argument(kLength);
  MessageBuffer* message = MessageIn(environment->ArenaFromOffset(), capacity);
  if (message == nullptr) return -EFAULT;
  const int id = environment->Argument(kId);
  const int flags = environment->Argument(kFlags);
  const int64_t type = environment->MessageType();
  const auto size = static_cast<size_t>(capacity);
  const Result received = (flags & IPC_NOWAIT) != 0
                              ? ReceiveInTries(environment->Argument(kWaitMs), id, message, size, type, flags)
                              : ReceiveWithin(environment->Argument(kWaitMs), id, message, size, type, flags);
  if (received >= 0) environment->SetMessageType(message->type);
  return received;
}

// A message in a batch: its length, then a struct msgbuf, and what is missing to eight bytes.
struct BatchRecord {
  int64_t length;
  MessageBuffer message;
};

size_t RecordBytes(size_t text_bytes) { return (sizeof(BatchRecord) + text_bytes + 7) / 8 * 8; }

// Sends kCount records of the batch, in order, until one is not taken. Returns how many were; why the next was not is
// in kResult, which is 0 when there is none.
Result CallSendBatch(Environment* environment) {
  const auto [begin, bytes] = environment->Slab();
  const int32_t count = environment->Argument(kCount);
  size_t at = 0;
  environment->Argument(kResult) = 0;
  for (int32_t sent = 0; sent < count; sent++) {
    if (bytes - at < sizeof(BatchRecord)) return -EFAULT;
    const auto* record = reinterpret_cast<const BatchRecord*>(begin + at);
    if (record->length < 0 || static_cast<uint64_t>(record->length) > bytes - at - sizeof(BatchRecord)) return -EFAULT;
    const auto length = static_cast<size_t>(record->length);
    const Result result = Send(environment->Argument(kId), &record->message, length, IPC_NOWAIT);
    if (result < 0) {
      environment->Argument(kResult) = result;
      return sent;
    }
    at += RecordBytes(length);
    if (at > bytes) at = bytes;
  }
  return count;
}

// Receives up to kCount messages of at most kLength bytes each into a batch in the arena. Returns how many; why there
// are no more is in kResult: 0 when there might be, E2BIG also when the arena has no room for another.
Result CallReceiveBatch(Environment* environment) {
  const auto [begin, bytes] = environment->ArenaFromOffset();
  const int32_t count = environment->Argument(kCount);
  const int32_t most = environment->Argument(kLength);
  const int flags = environment->Argument(kFlags) | IPC_NOWAIT;
  size_t at = 0;
  environment->Argument(kResult) = 0;
  for (int32_t received = 0; received < count; received++) {
    const size_t room = bytes - at > sizeof(BatchRecord) ? bytes - at - sizeof(BatchRecord) : 0;
    // Cut at the arena's end rather than at the caller's, the message would lose bytes that were asked for.
    const bool fits = most >= 0 && static_cast<size_t>(most) <= room;
    auto* record = reinterpret_cast<BatchRecord*>(begin + at);
    const Result result =
        room == 0 ? -E2BIG
                  : Receive(environment->Argument(kId), &record->message, fits ? static_cast<size_t>(most) : room,
                            environment->MessageType(), fits ? flags : flags & ~MSG_NOERROR);
    if (result < 0) {
      environment->Argument(kResult) = result;
      return received;
    }
    record->length = result;
    at += RecordBytes(static_cast<size_t>(result));
    if (at > bytes) at = bytes;
  }
  return count;
}

Result CallReadStatus(Environment* environment) {
  msqid_ds status = {};
  const Result result = ReadStatus(environment->Argument(kId), environment->Argument(kCommand), &status);
  if (result < 0) return result;
  environment->Field(kStatusKey) = status.msg_perm.__key;
  environment->Field(kStatusUid) = status.msg_perm.uid;
  environment->Field(kStatusGid) = status.msg_perm.gid;
  environment->Field(kStatusCreatorUid) = status.msg_perm.cuid;
  environment->Field(kStatusCreatorGid) = status.msg_perm.cgid;
  environment->Field(kStatusMode) = status.msg_perm.mode;
  environment->Field(kStatusSequence) = status.msg_perm.__seq;
  environment->Field(kStatusSendTime) = static_cast<double>(status.msg_stime);
  environment->Field(kStatusReceiveTime) = static_cast<double>(status.msg_rtime);
  environment->Field(kStatusChangeTime) = static_cast<double>(status.msg_ctime);
  environment->Field(kStatusBytes) = static_cast<double>(status.__msg_cbytes);
  environment->Field(kStatusMessages) = static_cast<double>(status.msg_qnum);
  environment->Field(kStatusMaxBytes) = static_cast<double>(status.msg_qbytes);
  environment->Field(kStatusLastSender) = status.msg_lspid;
  environment->Field(kStatusLastReceiver) = status.msg_lrpid;
  return result;
}

Result CallReadInfo(Environment* environment) {
  msginfo info = {};
  const Result result = ReadInfo(environment->Argument(kCommand), &info);
  if (result < 0) return result;
  environment->Field(kInfoPool) = info.msgpool;
  environment->Field(kInfoMap) = info.msgmap;
  environment->Field(kInfoMax) = info.msgmax;
  environment->Field(kInfoMnb) = info.msgmnb;
  environment->Field(kInfoMni) = info.msgmni;
  environment->Field(kInfoSegmentSize) = info.msgssz;
  environment->Field(kInfoTql) = info.msgtql;
  environment->Field(kInfoSegments) = info.msgseg;
  return result;
}

Result CallSetStatus(Environment* environment) {
  return SetStatus(environment->Argument(kId), static_cast<uid_t>(environment->Argument(kUid)),
                   static_cast<gid_t>(environment->Argument(kGid)), static_cast<mode_t>(environment->Argument(kMode)),
                   static_cast<uint64_t>(environment->Argument(kMaxBytes)));
}

Result CallRemoveQueue(Environment* environment) { return RemoveQueue(environment->Argument(kId)); }

// Lets another thread run on this processor if there is one that wants to: the one, perhaps, that is polled for.
Result CallYieldProcessor(Environment*) { return sched_yield(); }

Result CallRemoveQueueAtEnd(Environment* environment) {
  return environment->RemoveQueueAtEnd(environment->Argument(kId));
}

Result CallKeepQueueAtEnd(Environment* environment) { return environment->KeepQueueAtEnd(environment->Argument(kId)); }

// The argument of the two below, where it is an ArrayBuffer; else nullptr.
napi_value ArrayBufferArgument(napi_env env, napi_callback_info info, void** environment) {
  size_t count = 1;
  napi_value buffer = nullptr;
  bool is_buffer = false;
  if (napi_get_cb_info(env, info, &count, &buffer, nullptr, environment) != napi_ok ||
      napi_is_arraybuffer(env, buffer, &is_buffer) != napi_ok) {
    return nullptr;
  }
  return is_buffer ? buffer : nullptr;
}

// useSlab(buffer): messages are sent from this ArrayBuffer from now on; without one, from the initial slab again.
// Returns the ArrayBuffer in use; undefined when there is no memory, and the slab stays.
napi_value UseSlab(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_value buffer = ArrayBufferArgument(env, info, &data);
  auto* environment = static_cast<Environment*>(data);
  if (environment == nullptr || !environment->UseSlab(buffer)) return nullptr;
  return buffer == nullptr ? environment->InitialSlab() : buffer;
}

// useArena(buffer): messages arrive in this ArrayBuffer from now on. Returns it; undefined when it will not do, and the
// arena stays.
napi_value UseArena(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_value buffer = ArrayBufferArgument(env, info, &data);
  return buffer != nullptr && static_cast<Environment*>(data)->UseArena(buffer) ? buffer : nullptr;
}

}  // namespace

bool DefineCalls(napi_env env, napi_value exports, Environment* environment) {
  const napi_property_descriptor calls[] = {
      Method("msgget", Invoke<CallMsgget>, environment),
      Method("msgsnd", Invoke<CallMsgsnd>, environment),
      Method("msgrcv", Invoke<CallMsgrcv>, environment),
      Method("sendBatch", Invoke<CallSendBatch>, environment),
      Method("receiveBatch", Invoke<CallReceiveBatch>, environment),
      Method("readStatus", Invoke<CallReadStatus>, environment),
      Method("readInfo", Invoke<CallReadInfo>, environment),
      Method("setStatus", Invoke<CallSetStatus>, environment),
      Method("removeQueue", Invoke<CallRemoveQueue>, environment),
      Method("removeQueueAtEnd", Invoke<CallRemoveQueueAtEnd>, environment),
      Method("keepQueueAtEnd", Invoke<CallKeepQueueAtEnd>, environment),
      Method("yieldProcessor", Invoke<CallYieldProcessor>, environment),
      Method("useSlab", UseSlab, environment),
      Method("useArena", UseArena, environment),
  };
  return napi_define_properties(env, exports, sizeof(calls) / sizeof(calls[0]), calls) == napi_ok;
}

}  // namespace sysvmq
