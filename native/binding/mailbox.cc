#include "mailbox.h"

#include <cerrno>

#include "../core/futex.h"
#include "../core/taken_messages.h"
#include "../core/wait_lock.h"
#include "../core/waiter.h"

namespace sysvmq {

namespace {

constexpr uint32_t kClosing = 0x80000000;

// `env` is nullptr while the environment ends: no JavaScript is left to call.
void CallJavaScript(napi_env env, napi_value callback, void*, void*) {
  napi_value undefined = nullptr;
  if (env == nullptr || napi_get_undefined(env, &undefined) != napi_ok) return;
  napi_call_function(env, undefined, callback, 0, nullptr, nullptr);
}

}  // namespace

Mailbox* Mailbox::Open(napi_env env, napi_value callback) {
  std::unique_ptr<Mailbox> mailbox(new Mailbox());
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "sysvmq", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env, callback, nullptr, name, 0, 1, nullptr, nullptr, nullptr, CallJavaScript,
                                      &mailbox->wake_) != napi_ok) {
    return nullptr;
  }
  // Hooks run last in, first out: this one comes after the hook of the thread-safe function and so runs before it.
  // Without it the mailbox, and our threads with it, would outlive the environment.
  if (napi_unref_threadsafe_function(env, mailbox->wake_) != napi_ok ||
      napi_add_env_cleanup_hook(env, Close, mailbox.get()) != napi_ok) {
    napi_release_threadsafe_function(mailbox->wake_, napi_tsfn_abort);
    return nullptr;
  }
  return mailbox.release();
}

void Mailbox::SetReferenced(napi_env env, bool referenced) {
  if (referenced) {
    napi_ref_threadsafe_function(env, wake_);
  } else {
    napi_unref_threadsafe_function(env, wake_);
  }
}

// Does not join the threads: those that are still ending have no pointer to this mailbox, and the addon is never
// unloaded.
void Mailbox::Close(void* mailbox_pointer) {
  auto* mailbox = static_cast<Mailbox*>(mailbox_pointer);
  // After this no listener is called.
  mailbox->subscriptions_.Clear();
  mailbox->senders_.Clear();
  mailbox->noting_senders_.Clear();
  mailbox->airlock_waiters_.Clear();
  mailbox->AwaitWakes();
  napi_release_threadsafe_function(mailbox->wake_, napi_tsfn_abort);
  Event event = {};
  while (mailbox->Next(&event)) continue;
  delete mailbox;
}

void Mailbox::OnReadiness(void* mailbox, int32_t token, int, Result result, int64_t type) {
  static_cast<Mailbox*>(mailbox)->Post({token, result, type, nullptr});
}

void Mailbox::OnAirlock(void* mailbox, int32_t token, int, Result result, int64_t type) {
  static_cast<Mailbox*>(mailbox)->Post({token, result, type, nullptr});
}

void Mailbox::OnSent(void* mailbox, int32_t token, Result result) {
  static_cast<Mailbox*>(mailbox)->Post({token, result, 0, nullptr});
}

void Mailbox::Post(const Event& event) {
  const bool was_empty = first_ == nullptr;
  auto* last = new Event(event);
  *end_ = last;
  end_ = &last->next;
  // One call wakes the event loop for all events that arrive before it reads them.
  if (!was_empty) return;
  wakes_under_way_++;
  WaitLock::AfterRelease(Wake, this);
}

void Mailbox::Wake(void* mailbox_pointer) {
  auto* mailbox = static_cast<Mailbox*>(mailbox_pointer);
  napi_call_threadsafe_function(mailbox->wake_, nullptr, napi_tsfn_nonblocking);
  // From here on the mailbox may be freed.
  if (mailbox->wakes_under_way_.fetch_sub(1) == (kClosing | 1)) WakeFutex(&mailbox->wakes_under_way_);
}

// After this no thread uses the thread-safe function. The threads have a few instructions left, and need nothing of the
// JavaScript thread for them.
void Mailbox::AwaitWakes() {
  for (uint32_t wakes = wakes_under_way_ |= kClosing; wakes != kClosing; wakes = wakes_under_way_) {
    AwaitFutex(&wakes_under_way_, wakes, nullptr);
  }
}

bool Mailbox::Next(Event* event) {
  const WaitLock lock;
  Event* first = first_;
  if (first == nullptr) {
    EndOfEvents(this);
    return false;
  }
  *event = *first;
  first_ = first->next;
  if (first_ == nullptr) end_ = &first_;
  delete first;
  if (event->result == -E2BIG) CountKeptFromNow();
  return true;
}

}  // namespace sysvmq
