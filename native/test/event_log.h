// The events of waiters and senders, for a test to wait for.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "call_thread.h"

namespace sysvmq {

struct LoggedEvent {
  int32_t token;
  Result result;
  int64_t type;
};

class EventLog {
 public:
  static void OnReadiness(void* log, int32_t token, int, Result result, int64_t type) {
    static_cast<EventLog*>(log)->Add({token, result, type});
  }
  static void OnSent(void* log, int32_t token, Result result) { static_cast<EventLog*>(log)->Add({token, result, 0}); }

  size_t Count() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return events_.size();
  }
  LoggedEvent At(size_t index) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return events_.at(index);
  }
  bool Await(size_t count) {
    return Until("the event has been told", [&] { return Count() >= count; });
  }

 private:
  void Add(LoggedEvent event) {
    const std::lock_guard<std::mutex> guard(mutex_);
    events_.push_back(event);
  }

  std::mutex mutex_;
  std::vector<LoggedEvent> events_;
};

}  // namespace sysvmq
