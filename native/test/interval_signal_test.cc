// The wake signal and the timer that sends it: whom it interrupts, and that nothing stays when it goes.
#include "../core/interval_signal.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "../core/bounded_wait.h"
#include "call_thread.h"
#include "child_process.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

// Sleeps until a signal handler runs on this thread, for a minute at the most. True where one did.
bool SleepUntilInterrupted() {
  const timespec minute = {60, 0};
  return clock_nanosleep(CLOCK_MONOTONIC, 0, &minute, nullptr) == EINTR;
}

// The signals that this thread blocks.
std::set<int> BlockedSignals() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  std::set<int> blocked;
  for (int number = 1; number <= SIGRTMAX; number++) {
    if (sigismember(&mask, number) == 1) blocked.insert(number);
  }
  return blocked;
}

void Block(int signal_number) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal_number);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
}

bool IsPending(int signal_number) {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, signal_number) == 1;
}

// The timers of this process; nothing where the kernel does not list them (CONFIG_CHECKPOINT_RESTORE).
std::optional<int> TimerCount() {
  std::ifstream file("/proc/self/timers");
  if (!file) return std::nullopt;
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("ID:", 0) == 0) count++;
  }
  return count;
}

void SetDisposition(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  EXPECT_EQ(sigaction(signal_number, &action, nullptr), 0);
}

void (*Disposition(int signal_number))(int) {
  struct sigaction now = {};
  EXPECT_EQ(sigaction(signal_number, nullptr, &now), 0);
  return now.sa_handler;
}

TEST(AcquireWakeSignal, IsSigurgAndTheSameAgain) {
  InChildProcess([] {
    EXPECT_EQ(AcquireWakeSignal(), SIGURG);
    EXPECT_NE(Disposition(SIGURG), SIG_DFL);
    EXPECT_EQ(AcquireWakeSignal(), SIGURG);
    EXPECT_EQ(AcquireWakeSignal(SIGURG), SIGRTMAX) << "another one";
    EXPECT_EQ(raise(SIGRTMAX), 0) << "it does not end the process";
  });
}

TEST(AcquireWakeSignal, LeavesHandlersOfOthersAlone) {
  InChildProcess([] {
    const CountingHandler urgent(SIGURG, 0);
    const CountingHandler with_information(SIGRTMAX, SA_SIGINFO);
    SetDisposition(SIGRTMAX - 1, SIG_IGN);
    EXPECT_EQ(AcquireWakeSignal(), SIGRTMAX - 2);
    EXPECT_EQ(AcquireWakeSignal(), SIGRTMAX - 2);
    EXPECT_EQ(Disposition(SIGRTMAX - 1), SIG_IGN);
    ASSERT_EQ(raise(SIGURG), 0);
    ASSERT_EQ(raise(SIGRTMAX), 0);
    Until("both handlers have run", [] { return CountingHandler::Count() == 2; });
  });
}

TEST(AcquireWakeSignal, TakesAnotherWhenItsOwnWasTakenAway) {
  InChildProcess([] {
    const int first = AcquireWakeSignal();
    const CountingHandler user(first, 0);
    EXPECT_EQ(AcquireWakeSignal(), SIGRTMAX);
    EXPECT_FALSE(RetakeWakeSignal(first));
  });
}

TEST(AcquireWakeSignal, IsTakenAgainWhereSomebodyHasResetIt) {
  InChildProcess([] {
    const int wake = AcquireWakeSignal();
    for (void (*reset)(int) : {SIG_DFL, SIG_IGN}) {
      SetDisposition(wake, reset);
      EXPECT_TRUE(RetakeWakeSignal(wake));
      EXPECT_NE(Disposition(wake), reset);
    }
  });
}

TEST(AcquireWakeSignal, IsNoneWhenAllAreTaken) {
  InChildProcess([] {
    const CountingHandler urgent(SIGURG, 0);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) SetDisposition(number, SIG_IGN);
    EXPECT_EQ(AcquireWakeSignal(), 0);
    EXPECT_FALSE(IntervalSignal(1).Armed());
    const TestQueue queue;
    Message message(8);
    EXPECT_EQ(ReceiveWithin(5, queue.Id(), message.Buffer(), 8, 0, 0), -ETIMEDOUT) << "it polls then";
  });
}

TEST(AcquireWakeSignal, IsOneForThreadsThatAskAtOnce) {
  InChildProcess([] {
    std::atomic<bool> go{false};
    std::vector<int> numbers(8);
    std::vector<std::thread> threads;
    threads.reserve(numbers.size());
    for (int& number : numbers) {
      threads.emplace_back([&go, &number] {
        while (!go) std::this_thread::yield();
        number = AcquireWakeSignal();
      });
    }
    go = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(numbers, std::vector<int>(8, SIGURG));
  });
}

TEST(IntervalSignal, InterruptsAgainAndAgain) {
  const IntervalSignal alarm(1);
  ASSERT_TRUE(alarm.Armed());
  for (int time = 0; time < 3; time++) EXPECT_TRUE(SleepUntilInterrupted());
}

TEST(IntervalSignal, ComesNotBeforeItsDelay) {
  const int64_t started_at = MonotonicNow();
  const IntervalSignal alarm(20);
  EXPECT_TRUE(SleepUntilInterrupted());
  EXPECT_GE(MonotonicNow() - started_at, 20'000'000);
}

// A signal that were sent to the process would come to the main thread first.
TEST(IntervalSignal, InterruptsTheThreadThatMadeItAndNoOther) {
  const TestQueue queue;
  CallThread maker(queue, [&] {
    const IntervalSignal alarm(1);
    for (int time = 0; time < 10; time++) EXPECT_TRUE(SleepUntilInterrupted());
    return queue.SendText(1, "hello");
  });
  Message message(8);
  EXPECT_EQ(Receive(queue.Id(), message.Buffer(), 8, 0, 0), 5) << "and not -EINTR";
  EXPECT_EQ(maker.Outcome(), 0);
}

TEST(IntervalSignal, WorksWhereTheThreadBlocksTheSignalAndPutsTheMaskBack) {
  const TestQueue queue;
  CallThread thread(queue, [&] {
    const int wake = AcquireWakeSignal();
    Block(wake);
    Block(SIGUSR2);
    const std::set<int> before = BlockedSignals();
    EXPECT_EQ(before.count(wake), 1u);
    {
      const IntervalSignal alarm(1);
      std::set<int> but_for_ours = before;
      but_for_ours.erase(wake);
      EXPECT_EQ(BlockedSignals(), but_for_ours);
      EXPECT_TRUE(SleepUntilInterrupted());
    }
    EXPECT_EQ(BlockedSignals(), before);
    EXPECT_FALSE(IsPending(wake));
    Message message(8);
    return ReceiveWithin(5, queue.Id(), message.Buffer(), 8, 0, 0);
  });
  EXPECT_EQ(thread.Outcome(), -ETIMEDOUT);
}

TEST(IntervalSignal, LeavesTheMaskOfAThreadThatDoesNotBlockItAsItWas) {
  const std::set<int> before = BlockedSignals();
  { const IntervalSignal alarm(1); }
  EXPECT_EQ(BlockedSignals(), before);
}

// The object goes at about the moment at which its signal comes: if the thread otherwise blocks the signal, a remaining
// one would stay pending forever.
TEST(IntervalSignal, LeavesNoSignalPending) {
  CallThread thread([] {
    const int wake = AcquireWakeSignal();
    Block(wake);
    for (int64_t round = 0; round < 500; round++) {
      const int64_t end = MonotonicNow() + 900'000 + round % 40 * 10'000;
      {
        const IntervalSignal alarm(1);
        while (MonotonicNow() < end) continue;
      }
      if (IsPending(wake)) return static_cast<Result>(round);
    }
    return -1;
  });
  EXPECT_EQ(thread.Outcome(), -1) << "the round after which the signal was pending";
}

TEST(IntervalSignal, LeavesNoTimerBehind) {
  if (!TimerCount().has_value()) GTEST_SKIP() << "this kernel does not list timers in /proc/self/timers";
  ASSERT_EQ(TimerCount(), 0);
  {
    const IntervalSignal alarm(60'000);
    EXPECT_EQ(TimerCount(), 1);
  }
  for (int round = 0; round < 10'000; round++) {
    const IntervalSignal alarm(60'000);
    ASSERT_TRUE(alarm.Armed()) << round;
  }
  EXPECT_EQ(TimerCount(), 0);
}

}  // namespace

}  // namespace sysvmq
