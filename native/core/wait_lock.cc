#include "wait_lock.h"

namespace sysvmq {

pthread_mutex_t WaitLock::mutex_ = PTHREAD_MUTEX_INITIALIZER;
WaitLock::Wake WaitLock::wakes_[kMaxWakes];
int WaitLock::wake_count_ = 0;

void WaitLock::AfterRelease(void (*wake)(void*), void* whom) {
  if (wake_count_ == kMaxWakes) {
    wake(whom);
    return;
  }
  wakes_[wake_count_] = {wake, whom};
  wake_count_++;
}

void WaitLock::Release() {
  Wake wakes[kMaxWakes];
  const int count = wake_count_;
  for (int index = 0; index < count; index++) wakes[index] = wakes_[index];
  wake_count_ = 0;
  pthread_mutex_unlock(&mutex_);
  for (int index = 0; index < count; index++) wakes[index].wake(wakes[index].whom);
}

}  // namespace sysvmq
