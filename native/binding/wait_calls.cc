#include "wait_calls.h"

#include <cerrno>

#include "../core/sender.h"
#include "../core/waiter.h"
#include "environment.h"
#include "invoke.h"
#include "mailbox.h"

namespace sysvmq {

namespace {

// openMailbox(callback): returns the mailbox's number, or -ENOMEM. It alone takes an argument here, because the
// argument is a function.
napi_value OpenMailbox(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value callback = nullptr;
  void* data = nullptr;
  napi_value result = nullptr;
  if (napi_get_cb_info(env, info, &count, &callback, nullptr, &data) != napi_ok) return nullptr;
  Mailbox* mailbox = Mailbox::Open(env, callback);
  // Its own cleanup hook frees the mailbox, even when the table had no slot for it.
  const int32_t number =
      mailbox == nullptr ? -ENOMEM : static_cast<Environment*>(data)->Mailboxes().Add(Mailbox::Borrowed(mailbox));
  napi_create_int32(env, number == -1 ? -ENOMEM : number, &result);
  return result;
}

// closeMailbox(): a copy of our TypeScript without a pending wait then holds nothing of this environment, so V8 can
// free that copy.
napi_value CloseMailbox(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data) != napi_ok) return nullptr;
  auto* environment = static_cast<Environment*>(data);
  Mailbox* mailbox = environment->SelectedMailbox();
  if (mailbox == nullptr || napi_remove_env_cleanup_hook(env, Mailbox::Close, mailbox) != napi_ok) return nullptr;
  environment->Mailboxes().Remove(environment->Argument(kMailbox));
  Mailbox::Close(mailbox);
  return nullptr;
}

napi_value ReferenceMailbox(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data) != napi_ok) return nullptr;
  auto* environment = static_cast<Environment*>(data);
  Mailbox* mailbox = environment->SelectedMailbox();
  if (mailbox != nullptr) mailbox->SetReferenced(env, environment->Argument(kReferenced) != 0);
  return nullptr;
}

// Returns 1 with the event in the registers, or 0 when there is none.
Result CallNextEvent(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  Event event = {};
  if (mailbox == nullptr || !mailbox->Next(&event)) return 0;
  environment->Argument(kToken) = event.token;
  environment->Argument(kResult) = event.result;
  environment->SetMessageType(event.type);
  return 1;
}

Result CallSubscribe(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  if (mailbox == nullptr || !environment->TypeFits()) return -EINVAL;
  const int32_t slot = mailbox->Subscriptions().Add(Subscribe(environment->Argument(kId), environment->MessageType(),
                                                              environment->Argument(kFlags), Mailbox::OnReadiness,
                                                              mailbox, environment->Argument(kToken)));
  return slot < 0 ? -ENOMEM : slot;
}

template <typename Do>
Result WithSubscription(Environment* environment, Do act) {
  Mailbox* mailbox = environment->SelectedMailbox();
  Subscription* subscription =
      mailbox == nullptr ? nullptr : mailbox->Subscriptions().Get(environment->Argument(kSlot));
  return subscription == nullptr ? -EINVAL : act(subscription);
}

Result CallArm(Environment* environment) {
  return WithSubscription(environment, [](Subscription* subscription) { return Arm(subscription) ? 0 : -EAGAIN; });
}

// Returns 1, or 0 when it was not armed: an event is then pending.
Result CallDisarm(Environment* environment) {
  return WithSubscription(environment, [](Subscription* subscription) { return Disarm(subscription) ? 1 : 0; });
}

Result CallUnsubscribe(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  if (mailbox == nullptr) return -EINVAL;
  return mailbox->Subscriptions().Remove(environment->Argument(kSlot)) ? 0 : -EINVAL;
}

Result CallOpenSender(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  if (mailbox == nullptr) return -EINVAL;
  const int32_t slot = mailbox->Senders().Add(
      OpenSender(environment->Argument(kId), Mailbox::OnSent, mailbox, environment->Argument(kToken)));
  return slot < 0 ? -ENOMEM : slot;
}

template <typename Do>
Result WithSender(Environment* environment, Do act) {
  Mailbox* mailbox = environment->SelectedMailbox();
  Sender* sender = mailbox == nullptr ? nullptr : mailbox->Senders().Get(environment->Argument(kSlot));
  return sender == nullptr ? -EINVAL : act(sender);
}

// The message is in the slab, as for msgsnd.
Result CallStartSend(Environment* environment) {
  return WithSender(environment, [environment](Sender* sender) {
    const int32_t length = environment->Argument(kLength);
    MessageBuffer* message = MessageIn(environment->Slab().Range(), length);
    if (message == nullptr) return -EFAULT;
    if (!environment->TypeFits()) return -EINVAL;
    message->type = environment->MessageType();
    return StartSend(sender, message, static_cast<size_t>(length)) ? 0 : -EAGAIN;
  });
}

Result CallCancelSend(Environment* environment) {
  return WithSender(environment, [](Sender* sender) {
    CancelSend(sender);
    return 0;
  });
}

Result CallCloseSender(Environment* environment) {
  Mailbox* mailbox = environment->SelectedMailbox();
  if (mailbox == nullptr) return -EINVAL;
  return mailbox->Senders().Remove(environment->Argument(kSlot)) ? 0 : -EINVAL;
}

}  // namespace

bool DefineWaitCalls(napi_env env, napi_value exports, Environment* environment) {
  const napi_property_descriptor calls[] = {
      Method("openMailbox", OpenMailbox, environment),
      Method("closeMailbox", CloseMailbox, environment),
      Method("referenceMailbox", ReferenceMailbox, environment),
      Method("nextEvent", Invoke<CallNextEvent>, environment),
      Method("subscribe", Invoke<CallSubscribe>, environment),
      Method("arm", Invoke<CallArm>, environment),
      Method("disarm", Invoke<CallDisarm>, environment),
      Method("unsubscribe", Invoke<CallUnsubscribe>, environment),
      Method("openSender", Invoke<CallOpenSender>, environment),
      Method("startSend", Invoke<CallStartSend>, environment),
      Method("cancelSend", Invoke<CallCancelSend>, environment),
      Method("closeSender", Invoke<CallCloseSender>, environment),
  };
  return napi_define_properties(env, exports, sizeof(calls) / sizeof(calls[0]), calls) == napi_ok;
}

}  // namespace sysvmq
