#include "call_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>

namespace sysvmq {

namespace {

constexpr int64_t kMaxWaitNanoseconds = 20'000'000'000;

std::atomic<int> handled{0};

void CountSignal(int) { handled++; }

}  // namespace

bool Until(const char* words, const std::function<bool()>& condition) {
  const int64_t give_up_at = MonotonicNow() + kMaxWaitNanoseconds;
  while (!condition()) {
    if (MonotonicNow() > give_up_at) {
      ADD_FAILURE() << "timed out waiting until " << words;
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

CallThread::CallThread(std::function<Result()> call)
    : thread_([this, call = std::move(call)] {
        thread_id_ = static_cast<pid_t>(syscall(SYS_gettid));
        result_ = call();
        ended_ = true;
      }) {
  Until("the thread runs", [this] { return thread_id_ != 0; });
}

CallThread::CallThread(const TestQueue& queue, std::function<Result()> call) : CallThread(std::move(call)) {
  queue_ = &queue;
}

CallThread::~CallThread() {
  if (!ended_ && queue_ != nullptr) queue_->Remove();
  if (thread_.joinable()) thread_.join();
}

bool CallThread::IsBlockedIn(long number) const {
  std::ifstream file("/proc/self/task/" + std::to_string(thread_id_) + "/syscall");
  std::string word;
  file >> word;  // "running" while it does, and nothing once the thread is gone.
  return word == std::to_string(number);
}

void CallThread::AwaitBlockedIn(long number) const {
  Until("the thread is blocked", [=] { return IsBlockedIn(number) || ended_; });
  EXPECT_FALSE(ended_) << "the call has returned without blocking";
}

void CallThread::Interrupt(int signal_number) { pthread_kill(thread_.native_handle(), signal_number); }

Result CallThread::Outcome() {
  if (thread_.joinable()) thread_.join();
  return result_;
}

CountingHandler::CountingHandler(int signal_number, int flags) : signal_number_(signal_number) {
  struct sigaction ours = {};
  ours.sa_handler = CountSignal;
  ours.sa_flags = flags;
  sigemptyset(&ours.sa_mask);
  EXPECT_EQ(sigaction(signal_number_, &ours, &before_), 0);
}

CountingHandler::~CountingHandler() { sigaction(signal_number_, &before_, nullptr); }

int CountingHandler::Count() { return handled; }

}  // namespace sysvmq
