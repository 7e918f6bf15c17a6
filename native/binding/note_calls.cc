#include "note_calls.h"

#include <cerrno>
#include <climits>
#include <memory>
#include <utility>

#include "../core/mapped_file.h"
#include "../core/noting_sender.h"
#include "arguments.h"
#include "environment.h"
#include "invoke.h"
#include "mailbox.h"

namespace sysvmq {

namespace {

// mapStateFile(path): an ArrayBuffer over the first kLength bytes of a file, or -errno.
napi_value MapStateFile(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  char path[PATH_MAX];
  if (!ReadPaths(env, info, &data, path, nullptr)) return Integer(env, -ENAMETOOLONG);
  const int32_t bytes = static_cast<Environment*>(data)->Argument(kLength);
  if (bytes < 1) return Integer(env, -EINVAL);
  const auto length = static_cast<size_t>(bytes);
  void* memory = nullptr;
  if (const Result result = MapFileStart(path, length, &memory); result < 0) return Integer(env, result);
  // The ArrayBuffer's end unmaps it: JavaScript may hold it for longer than whoever asked for it.
  auto owned_length = std::make_unique<size_t>(length);
  const auto unmap = [](napi_env, void* mapped, void* its_length) {
    const std::unique_ptr<size_t> owned(static_cast<size_t*>(its_length));
    UnmapFile(mapped, *owned);
  };
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, memory, length, unmap, owned_length.get(), &buffer) == napi_ok) {
    static_cast<void>(owned_length.release());
    return buffer;
  }
  UnmapFile(memory, length);
  return Integer(env, -ENOMEM);
}

// openNotingSender(path): a sender to the queue kId, which notes in the first kLength bytes of a file. Its slot.
napi_value CallOpenNotingSender(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  char path[PATH_MAX];
  if (!ReadPaths(env, info, &data, path, nullptr)) return Integer(env, -ENAMETOOLONG);
  auto* environment = static_cast<Environment*>(data);
  Mailbox* mailbox = environment->SelectedMailbox();
  const int32_t bytes = environment->Argument(kLength);
  if (mailbox == nullptr || bytes < 1) return Integer(env, -EINVAL);
  OwnedNotingSender sender;
  const Result result = OpenNotingSender(environment->Argument(kId), path, static_cast<size_t>(bytes), Mailbox::OnSent,
                                         mailbox, environment->Argument(kToken), &sender);
  if (result < 0) return Integer(env, result);
  const int32_t slot = mailbox->NotingSenders().Add(std::move(sender));
  return Integer(env, slot < 0 ? -ENOMEM : slot);
}

// startNotedBatch(memory): the batch of kCount messages is in the first kLength bytes of an ArrayBuffer.
napi_value CallStartNotedBatch(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_value buffer = ArrayBufferArgument(env, info, &data);
  if (buffer == nullptr) return Integer(env, -EINVAL);
  auto* environment = static_cast<Environment*>(data);
  Mailbox* mailbox = environment->SelectedMailbox();
  NotingSender* sender = mailbox == nullptr ? nullptr : mailbox->NotingSenders().Get(environment->Argument(kSlot));
  const int32_t bytes = environment->Argument(kLength);
  void* batch = nullptr;
  size_t room = 0;
  if (sender == nullptr || bytes < 0 || napi_get_arraybuffer_info(env, buffer, &batch, &room) != napi_ok) {
    return Integer(env, -EINVAL);
  }
  const auto length = static_cast<size_t>(bytes);
  if (length > room) return Integer(env, -EFAULT);
  return Integer(env, StartNotedBatch(sender, static_cast<const char*>(batch), length, environment->Argument(kCount)));
}

Result CallCancelNotedBatch(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  NotingSender* sender = mailbox == nullptr ? nullptr : mailbox->NotingSenders().Get(environment->Argument(kSlot));
  if (sender == nullptr) return -EINVAL;
  CancelNotedBatch(sender);
  return 0;
}

Result CallCloseNotingSender(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  if (mailbox == nullptr) return -EINVAL;
  return mailbox->NotingSenders().Remove(environment->Argument(kSlot)) ? 0 : -EINVAL;
}

}  // namespace

bool DefineNoteCalls(napi_env env, napi_value exports, Environment* environment) {
  const napi_property_descriptor calls[] = {
      Method("mapStateFile", MapStateFile, environment),
      Method("openNotingSender", CallOpenNotingSender, environment),
      Method("startNotedBatch", CallStartNotedBatch, environment),
      Method("cancelNotedBatch", Invoke<CallCancelNotedBatch>, environment),
      Method("closeNotingSender", Invoke<CallCloseNotingSender>, environment),
  };
  return napi_define_properties(env, exports, sizeof(calls) / sizeof(calls[0]), calls) == napi_ok;
}

}  // namespace sysvmq
