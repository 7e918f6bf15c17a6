#include "calls.h"

#include <sched.h>

#include <cerrno>
#include <cstring>

#include "../core/bounded_wait.h"
#include "../core/clock.h"
#include "../core/prefault.h"
#include "../core/system_calls.h"
#include "../core/taken_messages.h"
#include "arguments.h"
#include "environment.h"
#include "invoke.h"

namespace sysvmq {

namespace {

Result CallMsgget(Environment* environment) {
  return GetQueue(environment->Argument(kKey), environment->Argument(kFlags));
}

// Our own TypeScript sets the lengths and keeps the memory large enough. This checks them anyway, because a mistake
// there must not read or write beyond the memory.
Result CallMsgsnd(Environment* environment) {
  const int32_t length = environment->Argument(kLength);
  MessageBuffer* message = MessageIn(environment->Slab().Range(), length);
  if (message == nullptr) return -EFAULT;
  if (!environment->TypeFits()) return -EINVAL;
  message->type = environment->MessageType();
  const int id = environment->Argument(kId);
  const int flags = environment->Argument(kFlags);
  if ((flags & IPC_NOWAIT) != 0) return Send(id, message, static_cast<size_t>(length), flags);
  return SendWithin(environment->Argument(kWaitMs), id, message, static_cast<size_t>(length), flags);
}

// The sender may need this very processor, so each try yields it. The event loop waits meanwhile, so the tries end
// after this time, even when other threads use the processor.
constexpr int64_t kMaxTriesNanoseconds = 30'000;

Result ReceiveInTries(int32_t tries, int id, MessageBuffer* message, size_t capacity, long type, int flags) {
  Result result = ReceiveKeptFirst(id, message, capacity, type, flags);
  if (tries <= 1 || result != -ENOMSG) return result;
  const int64_t until = MonotonicNow() + kMaxTriesNanoseconds;
  for (; tries > 1 && result == -ENOMSG && MonotonicNow() < until; tries--) {
    sched_yield();
    result = Receive(id, message, capacity, type, flags);
  }
  return result;
}

Result CallMsgrcv(Environment* environment) {
  const int32_t capacity = environment->Argument(kLength);
  MessageBuffer* message = MessageIn(environment->Inbox().Range(), capacity);
  if (message == nullptr) return -EFAULT;
  const int id = environment->Argument(kId);
  const int flags = environment->Argument(kFlags);
  if (!environment->TypeFits()) return -EINVAL;
  const long type = environment->MessageType();
  const auto size = static_cast<size_t>(capacity);
  const Result received = (flags & IPC_NOWAIT) != 0
                              ? ReceiveInTries(environment->Argument(kTries), id, message, size, type, flags)
                              : ReceiveWithin(environment->Argument(kWaitMs), id, message, size, type, flags);
  if (received >= 0) environment->SetMessageType(message->type);
  return received;
}

// Sends kCount records of the batch, in order, until one fails. Returns the number sent. kBatchEnd is the -errno of the
// one that failed, or 0.
Result CallSendBatch(Environment* environment) {
  const auto [begin, bytes] = environment->Slab().Range();
  const int32_t count = environment->Argument(kCount);
  if (count < 0) return -EINVAL;
  size_t at = 0;
  environment->Argument(kBatchEnd) = 0;
  for (int32_t sent = 0; sent < count; sent++) {
    if (bytes - at < kRecordTextOffset) return -EFAULT;
    int64_t length = 0;
    memcpy(&length, begin + at, kLengthBytes);
    if (length < 0 || static_cast<uint64_t>(length) > bytes - at - kRecordTextOffset) return -EFAULT;
    int64_t type = 0;
    memcpy(&type, begin + at + kLengthBytes, sizeof(type));
    if (!FitsLong(type)) return -EINVAL;
    MessageBuffer* message = MessageBefore(begin + at + kRecordTextOffset);
    message->type = static_cast<long>(type);
    const Result result = Send(environment->Argument(kId), message, static_cast<size_t>(length), IPC_NOWAIT);
    if (result < 0) {
      environment->Argument(kBatchEnd) = result;
      return sent;
    }
    at += RecordBytes(static_cast<size_t>(length));
    if (at > bytes) at = bytes;
  }
  return count;
}

// Receives up to kCount messages of at most kLength bytes each into a batch in the inbox. Returns their number.
// kBatchEnd says why the batch ended: 0 when more may follow; E2BIG also when the inbox has no room for another.
Result CallReceiveBatch(Environment* environment) {
  const auto [begin, bytes] = environment->Inbox().Range();
  const int32_t count = environment->Argument(kCount);
  const int32_t most = environment->Argument(kLength);
  const int flags = environment->Argument(kFlags) | IPC_NOWAIT;
  if (count < 0 || !environment->TypeFits()) return -EINVAL;
  const long type = environment->MessageType();
  size_t at = 0;
  environment->Argument(kBatchEnd) = 0;
  for (int32_t received = 0; received < count; received++) {
    const size_t room = bytes - at > kRecordTextOffset ? bytes - at - kRecordTextOffset : 0;
    if (room == 0) {
      environment->Argument(kBatchEnd) = -E2BIG;
      return received;
    }
    // Truncating at the inbox's end instead of the caller's maximum would lose bytes that the caller asked for.
    const bool fits = most >= 0 && static_cast<size_t>(most) <= room;
    MessageBuffer* message = MessageBefore(begin + at + kRecordTextOffset);
    const Result result = ReceiveKeptFirst(environment->Argument(kId), message, fits ? static_cast<size_t>(most) : room,
                                           type, fits ? flags : flags & ~MSG_NOERROR);
    if (result < 0) {
      environment->Argument(kBatchEnd) = result;
      return received;
    }
    const int64_t length = result;
    const int64_t message_type = message->type;
    memcpy(begin + at, &length, kLengthBytes);
    memcpy(begin + at + kLengthBytes, &message_type, sizeof(message_type));
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
  const StatusTimes times = TimesOf(status);
  environment->Field(kStatusSendTime) = static_cast<double>(times.sent);
  environment->Field(kStatusReceiveTime) = static_cast<double>(times.received);
  environment->Field(kStatusChangeTime) = static_cast<double>(times.changed);
  environment->Field(kStatusBytes) = static_cast<double>(status.__msg_cbytes);
  environment->Field(kStatusMessages) = static_cast<double>(status.msg_qnum);
  const uint64_t max_bytes = status.msg_qbytes;
  environment->Field(kStatusMaxBytes) = static_cast<double>(max_bytes);
  environment->Field(kStatusMaxBytesLow) = static_cast<double>(max_bytes & 0xFFFFFFFFu);
  environment->Field(kStatusMaxBytesHigh) = static_cast<double>(max_bytes >> 32);
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
  const auto max_bytes = static_cast<uint64_t>(environment->Word(kMaxBytesLow));
  if (max_bytes != static_cast<unsigned long>(max_bytes)) return -EINVAL;
  return SetStatus(environment->Argument(kId), static_cast<uid_t>(environment->Argument(kUid)),
                   static_cast<gid_t>(environment->Argument(kGid)), static_cast<mode_t>(environment->Argument(kMode)),
                   static_cast<unsigned long>(max_bytes));
}

Result CallRemoveQueue(Environment* environment) {
  const int id = environment->Argument(kId);
  const Result result = RemoveQueue(id);
  if (result >= 0) ForgetKept(id);
  return result;
}

// Yields the processor, possibly to the thread whose message the caller polls for.
Result CallYieldProcessor(Environment*) { return sched_yield(); }

Result CallRemoveQueueAtEnd(Environment* environment) {
  return environment->RemoveQueueAtEnd(environment->Argument(kId));
}

Result CallKeepQueueAtEnd(Environment* environment) { return environment->KeepQueueAtEnd(environment->Argument(kId)); }

// useSlab(buffer), useInbox(buffer): messages are sent from, or arrive in, this ArrayBuffer from now on; without an
// argument, in the initial memory again. Returns the ArrayBuffer in use, or undefined on failure: nothing changes then.
template <MessageMemory& (Environment::*memory_of)(), Register in_use>
napi_value UseMemory(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_value buffer = ArrayBufferArgument(env, info, &data);
  auto* environment = static_cast<Environment*>(data);
  if (environment == nullptr) return nullptr;
  MessageMemory& memory = (environment->*memory_of)();
  if (!memory.Use(buffer)) return nullptr;
  environment->Count(in_use);
  return buffer == nullptr ? memory.Initial() : buffer;
}

// prefault(buffer): has the kernel map all pages of an ArrayBuffer at once.
napi_value PrefaultBuffer(napi_env env, napi_callback_info info) {
  void* environment = nullptr;
  napi_value buffer = ArrayBufferArgument(env, info, &environment);
  void* data = nullptr;
  size_t bytes = 0;
  if (buffer != nullptr && napi_get_arraybuffer_info(env, buffer, &data, &bytes) == napi_ok) Prefault(data, bytes);
  return nullptr;
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
      Method("useSlab", UseMemory<&Environment::Slab, kSlab>, environment),
      Method("useInbox", UseMemory<&Environment::Inbox, kInbox>, environment),
      Method("prefault", PrefaultBuffer, environment),
  };
  return napi_define_properties(env, exports, sizeof(calls) / sizeof(calls[0]), calls) == napi_ok;
}

}  // namespace sysvmq
