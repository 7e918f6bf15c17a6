#include "calls.h"

#include <cerrno>

#include "../core/bounded_wait.h"
#include "../core/system_calls.h"
#include "environment.h"

namespace sysvmq {

namespace {

// Every function below runs on the JavaScript thread of its environment. They take nothing and return one integer:
// reading arguments or making objects costs more than the system call (the figures are in docs/internals.md).
using Call = Result (*)(Environment*);

template <Call call>
napi_value Invoke(napi_env env, napi_callback_info info) {
  void* environment = nullptr;
  napi_value result = nullptr;
  if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &environment) != napi_ok) return nullptr;
  napi_create_int32(env, call(static_cast<Environment*>(environment)), &result);
  return result;
}

Result CallMsgget(Environment* environment) {
  return GetQueue(environment->Argument(kKey), environment->Argument(kFlags));
}

// The length was set by our own TypeScript, which keeps the slab large enough. It is checked all the same: a mistake
// there must not become a read or a write beyond the slab.
Result CallMsgsnd(Environment* environment) {
  const int64_t length = environment->CheckedLength();
  if (length < 0) return -EFAULT;
  environment->Message()->type = environment->MessageType();
  return SendWithin(environment->Argument(kWaitMs), environment->Argument(kId), environment->Message(),
                    static_cast<size_t>(length), environment->Argument(kFlags));
}

Result CallMsgrcv(Environment* environment) {
  const int64_t capacity = environment->CheckedLength();
  if (capacity < 0) return -EFAULT;
  const Result received =
      ReceiveWithin(environment->Argument(kWaitMs), environment->Argument(kId), environment->Message(),
                    static_cast<size_t>(capacity), environment->MessageType(), environment->Argument(kFlags));
  if (received >= 0) environment->SetMessageType(environment->Message()->type);
  return received;
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

// useSlab(buffer): messages pass through this ArrayBuffer from now on; without one, through the initial slab again.
// Returns the ArrayBuffer in use; undefined when it is none that will do, and the slab stays.
napi_value UseSlab(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value buffer = nullptr;
  void* data = nullptr;
  bool is_buffer = false;
  if (napi_get_cb_info(env, info, &count, &buffer, nullptr, &data) != napi_ok ||
      napi_is_arraybuffer(env, buffer, &is_buffer) != napi_ok) {
    return nullptr;
  }
  auto* environment = static_cast<Environment*>(data);
  if (!environment->UseSlab(is_buffer ? buffer : nullptr)) return nullptr;
  return is_buffer ? buffer : environment->InitialSlab();
}

napi_property_descriptor Method(const char* name, napi_callback callback, Environment* environment) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_enumerable, environment};
}

}  // namespace

bool DefineCalls(napi_env env, napi_value exports, Environment* environment) {
  const napi_property_descriptor calls[] = {
      Method("msgget", Invoke<CallMsgget>, environment),
      Method("msgsnd", Invoke<CallMsgsnd>, environment),
      Method("msgrcv", Invoke<CallMsgrcv>, environment),
      Method("readStatus", Invoke<CallReadStatus>, environment),
      Method("readInfo", Invoke<CallReadInfo>, environment),
      Method("setStatus", Invoke<CallSetStatus>, environment),
      Method("removeQueue", Invoke<CallRemoveQueue>, environment),
      Method("useSlab", UseSlab, environment),
  };
  return napi_define_properties(env, exports, sizeof(calls) / sizeof(calls[0]), calls) == napi_ok;
}

}  // namespace sysvmq
