#include "waiter.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "clock.h"
#include "sleeper.h"
#include "small_thread.h"
#include "taken_messages.h"
#include "wait_lock.h"

namespace sysvmq {

namespace {

constexpr int64_t kIdleMs = 2000;
constexpr size_t kBuckets = 1024;

// The process that has subscribed; 0 before the first subscription. A forked child has another pid.
std::atomic<pid_t> waiting_process{0};

}  // namespace

// WaitLock protects everything. The thread's system calls run without it.
class Waiter {
 public:
  static Waiter* FindOrCreate(int id, int64_t type, int flags);

  void Add(Subscription* subscription);
  void Remove(Subscription* subscription);
  bool Arm(WaitLock* lock, Subscription* subscription);
  bool Disarm(Subscription* subscription);

  static WaiterCounts Count();
  static Waiter* Find(int id, int64_t type, int flags);
  static bool TellThoseThatMatch(int id, int64_t type);
  bool TellOfKept();
  bool IsTold() const;
  static void EndOfEvents(void* context);
  static void DisarmEach();
  static bool AnyInKernel();

 private:
  Waiter(int id, int64_t type, int flags) : id_(id), type_(type), flags_(flags) {}

  static void RunThread(void* waiter) { static_cast<Waiter*>(waiter)->RunOnWaiterThread(); }
  bool StartThread(WaitLock* lock, Subscription* subscription);
  void RunOnWaiterThread();
  void TellAll(Result result);
  static void SetTold(Subscription* subscription, bool told);
  template <typename Do>
  static void ForEach(Do act);
  void ForgetIfUnused();
  static size_t BucketOf(int id, int64_t type, int flags);

  // Constant-initialized and never destroyed, like the lock.
  static Waiter* buckets_[kBuckets];
  static Subscription* first_told_;

  const int id_;
  const int64_t type_;
  const int flags_;
  Subscription* subscriptions_ = nullptr;
  int armed_ = 0;
  bool running_ = false;
  Sleeper sleeper_;
  Waiter* next_in_bucket_ = nullptr;
};

Waiter* Waiter::buckets_[kBuckets];
Subscription* Waiter::first_told_ = nullptr;

// SplitMix64's finalizer: every bit of the key changes about half the bits of the hash. Ids differ in their low bits or
// above bit 15; types are small, or use 64 bits.
size_t Waiter::BucketOf(int id, int64_t type, int flags) {
  uint64_t hash = static_cast<uint64_t>(type) + (static_cast<uint64_t>(static_cast<uint32_t>(id)) << 32) +
                  static_cast<uint64_t>(static_cast<uint32_t>(flags)) * 0x9E3779B97F4A7C15u;
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9u;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBu;
  return static_cast<size_t>((hash ^ (hash >> 31)) % kBuckets);
}

Waiter* Waiter::Find(int id, int64_t type, int flags) {
  Waiter* waiter = buckets_[BucketOf(id, type, flags)];
  while (waiter != nullptr && (waiter->id_ != id || waiter->type_ != type || waiter->flags_ != flags)) {
    waiter = waiter->next_in_bucket_;
  }
  return waiter;
}

Waiter* Waiter::FindOrCreate(int id, int64_t type, int flags) {
  if (Waiter* found = Find(id, type, flags)) return found;
  Waiter** bucket = &buckets_[BucketOf(id, type, flags)];
  auto* created = new Waiter(id, type, flags);
  created->next_in_bucket_ = *bucket;
  *bucket = created;
  return created;
}

// Frees the waiter when it has neither a subscription nor a thread. Called when either ends.
void Waiter::ForgetIfUnused() {
  if (running_ || subscriptions_ != nullptr) return;
  Waiter** link = &buckets_[BucketOf(id_, type_, flags_)];
  while (*link != this) link = &(*link)->next_in_bucket_;
  *link = next_in_bucket_;
  delete this;
}

void Waiter::Add(Subscription* subscription) {
  subscription->waiter = this;
  subscription->next = subscriptions_;
  subscriptions_ = subscription;
}

void Waiter::Remove(Subscription* subscription) {
  Disarm(subscription);
  Subscription** link = &subscriptions_;
  while (*link != subscription) link = &(*link)->next;
  *link = subscription->next;
  delete subscription;
  // A resting thread ends at once when it has no subscription left.
  if (subscriptions_ == nullptr) sleeper_.Wake();
  ForgetIfUnused();
}

bool Waiter::Arm(WaitLock* lock, Subscription* subscription) {
  if (subscription->armed) return true;
  // A message was kept after the receive had looked for one.
  if (HasKept(id_, type_, flags_)) {
    SetTold(subscription, true);
    subscription->listener(subscription->context, subscription->token, id_, -E2BIG, 0);
    return true;
  }
  SetTold(subscription, false);
  subscription->armed = true;
  armed_++;
  if (armed_ == 1) sleeper_.Wake();
  return running_ || StartThread(lock, subscription);
}

// Starting a thread takes some 50 us, so the lock is released meanwhile. `running_` keeps the waiter alive, and
// subscriptions armed in between rely on the thread. If it does not start, they receive an event.
bool Waiter::StartThread(WaitLock* lock, Subscription* subscription) {
  running_ = true;
  lock->Release();
  const bool started = StartSmallThread("sysvmq-recv", RunThread, this);
  lock->Reacquire();
  if (started) return true;
  running_ = false;
  subscription->armed = false;
  TellAll(-EAGAIN);
  return false;
}

bool Waiter::Disarm(Subscription* subscription) {
  if (subscription->told != nullptr) {
    SetTold(subscription, false);
    FreeReservedMessages();
  }
  if (!subscription->armed) return false;
  subscription->armed = false;
  armed_--;
  // A thread left in the kernel would take an empty message that no subscription waits for.
  if (armed_ == 0) sleeper_.Wake();
  return true;
}

// trust/promela/waiter.pml models this function and is checked exhaustively.
//
// Arm and Remove wake the thread from its rest. A message, the queue's removal, a change of its permissions, and
// Disarm's signal end its msgrcv.
void Waiter::RunOnWaiterThread() {
  WaitLock lock;
  sleeper_.BindToThisThread();
  for (;;) {
    if (armed_ == 0) {
      if (subscriptions_ == nullptr) break;
      if (!sleeper_.Rest(&lock, kIdleMs) && armed_ == 0) break;
      continue;
    }
    MessageBuffer message = {};
    const bool may_wait = sleeper_.EnterKernel();
    lock.Release();
    const Result result = Receive(id_, &message, 0, static_cast<long>(type_), may_wait ? flags_ : flags_ | IPC_NOWAIT);
    lock.Reacquire();
    sleeper_.LeaveKernel();
    if (!may_wait && result == -ENOMSG) {
      if (armed_ > 0) sleeper_.Rest(&lock, Sleeper::kLookMs);
      continue;
    }
    if (result == 0) {
      // An empty message fits, so msgrcv took it. The next receive in the process gets it. It must not be lost, so a
      // lack of memory ends the process, as for every object of a fixed size.
      OwnedTaken taken = CopyTaken(id_, &message, 0);
      if (taken == nullptr) abort();
      KeepForWaiter(std::move(taken), static_cast<long>(type_), flags_);
    } else if (result != -EINTR) {
      TellAll(result);
    }
  }
  running_ = false;
  ForgetIfUnused();
}

void Waiter::TellAll(Result result) {
  for (Subscription* subscription = subscriptions_; subscription != nullptr; subscription = subscription->next) {
    if (!subscription->armed) continue;
    subscription->armed = false;
    SetTold(subscription, true);
    subscription->listener(subscription->context, subscription->token, id_, result, 0);
  }
  armed_ = 0;
}

void Waiter::SetTold(Subscription* subscription, bool told) {
  if ((subscription->told != nullptr) == told) return;
  if (told) {
    subscription->told = &first_told_;
    subscription->next_told = first_told_;
  }
  Subscription* next = subscription->next_told;
  *subscription->told = told ? subscription : next;
  if (next != nullptr) next->told = told ? &subscription->next_told : subscription->told;
  if (!told) subscription->told = nullptr;
}

bool Waiter::IsTold() const {
  for (const Subscription* each = subscriptions_; each != nullptr; each = each->next) {
    if (each->told != nullptr) return true;
  }
  return false;
}

// True when a subscription was armed.
bool Waiter::TellOfKept() {
  if (armed_ == 0) return false;
  TellAll(-E2BIG);
  // Its thread may be in msgrcv, where it would take an empty message.
  sleeper_.Wake();
  return true;
}

template <typename Do>
void Waiter::ForEach(Do act) {
  for (Waiter* bucket : buckets_) {
    for (Waiter* waiter = bucket; waiter != nullptr; waiter = waiter->next_in_bucket_) act(waiter);
  }
}

// A message can match any selector, so this goes through all waiters.
bool Waiter::TellThoseThatMatch(int id, int64_t type) {
  bool any = false;
  ForEach([&](Waiter* waiter) {
    if (waiter->id_ != id || !SelectorMatches(waiter->type_, waiter->flags_, type)) return;
    any = waiter->TellOfKept() || any;
  });
  return any;
}

void Waiter::EndOfEvents(void* context) {
  if (first_told_ == nullptr) return;
  for (Subscription* each = first_told_; each != nullptr;) {
    Subscription* next = each->next_told;
    if (each->context == context) SetTold(each, false);
    each = next;
  }
  FreeReservedMessages();
}

void Waiter::DisarmEach() {
  ForEach([](Waiter* waiter) {
    for (Subscription* each = waiter->subscriptions_; each != nullptr; each = each->next) waiter->Disarm(each);
  });
}

bool Waiter::AnyInKernel() {
  bool any = false;
  ForEach([&](Waiter* waiter) { any = any || waiter->sleeper_.InKernel(); });
  return any;
}

WaiterCounts Waiter::Count() {
  WaiterCounts counts = {};
  ForEach([&](Waiter* waiter) {
    counts.waiters++;
    if (waiter->running_) counts.threads++;
  });
  return counts;
}

OwnedSubscription Subscribe(int id, int64_t type, int flags, ReadinessListener listener, void* context, int32_t token) {
  waiting_process = getpid();
  auto* subscription = new Subscription{listener, context, token, false, nullptr, nullptr, nullptr, nullptr};
  const WaitLock lock;
  Waiter::FindOrCreate(id, type, flags)->Add(subscription);
  return OwnedSubscription(subscription);
}

bool Arm(Subscription* subscription) {
  WaitLock lock;
  return subscription->waiter->Arm(&lock, subscription);
}

bool Disarm(Subscription* subscription) {
  const WaitLock lock;
  return subscription->waiter->Disarm(subscription);
}

void Unsubscribe(Subscription* subscription) {
  const WaitLock lock;
  subscription->waiter->Remove(subscription);
}

bool TellWaitersThatMatch(int id, int64_t type) { return Waiter::TellThoseThatMatch(id, type); }

bool TellWaiter(int id, int64_t type, int flags) {
  Waiter* waiter = Waiter::Find(id, type, flags);
  return waiter != nullptr && waiter->TellOfKept();
}

bool WaiterIsTold(int id, int64_t type, int flags) {
  const Waiter* waiter = Waiter::Find(id, type, flags);
  return waiter != nullptr && waiter->IsTold();
}

void EndOfEvents(void* context) { Waiter::EndOfEvents(context); }

void DisarmAll(int64_t wait_ms) {
  // In a forked child a thread that does not exist there may hold the lock forever.
  if (waiting_process != getpid()) return;
  const int64_t deadline_ns = MonotonicNow() + wait_ms * 1'000'000;
  WaitLock lock;
  Waiter::DisarmEach();
  while (Waiter::AnyInKernel() && MonotonicNow() < deadline_ns) {
    lock.Release();
    const timespec pause = {0, 100'000};
    nanosleep(&pause, nullptr);
    lock.Reacquire();
  }
}

WaiterCounts CountWaiters() {
  const WaitLock lock;
  return Waiter::Count();
}

}  // namespace sysvmq
