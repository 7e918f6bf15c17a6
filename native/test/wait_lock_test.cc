// The lock of everything that waits, and its threads' rest and whereabouts.
#include "../core/wait_lock.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <thread>
#include <vector>

#include "call_thread.h"

namespace sysvmq {

namespace {

cpu_set_t ProcessorsOfThisThread() {
  cpu_set_t all;
  EXPECT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
  return all;
}

std::vector<int> NumbersOf(const cpu_set_t& processors) {
  std::vector<int> numbers;
  for (int number = 0; number < CPU_SETSIZE; number++) {
    if (CPU_ISSET(number, &processors)) numbers.push_back(number);
  }
  return numbers;
}

void GoTo(int processor, const cpu_set_t& afterwards) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  EXPECT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(sched_setaffinity(0, sizeof(afterwards), &afterwards), 0);
}

TEST(WaitLock, WakesWhoIsToBeWokenOnceItIsReleased) {
  static std::atomic<int> woken{0};
  woken = 0;
  const auto wake = [](void* whom) {
    // It could not be taken here otherwise.
    const WaitLock lock;
    EXPECT_EQ(whom, &woken);
    woken++;
  };
  {
    const WaitLock lock;
    WaitLock::AfterRelease(wake, &woken);
    WaitLock::AfterRelease(wake, &woken);
    EXPECT_EQ(woken, 0);
  }
  EXPECT_EQ(woken, 2);
  { const WaitLock lock; }
  EXPECT_EQ(woken, 2);
}

TEST(WaitLock, WakesAtOnceWhoeverThereIsNoRoomFor) {
  static int woken;
  woken = 0;
  {
    const WaitLock lock;
    for (int i = 0; i < 100; i++) WaitLock::AfterRelease([](void*) { woken++; }, nullptr);
    EXPECT_GT(woken, 0);
  }
  EXPECT_EQ(woken, 100);
}

TEST(Sleeper, RestsUntilTheTimeIsUp) {
  Sleeper sleeper;
  WaitLock lock;
  EXPECT_FALSE(sleeper.Rest(&lock, 1));
}

TEST(Sleeper, IsWokenLingeringAndAsleepAndOnTheWayFromOneToTheOther) {
  constexpr int kJobs = 5000;
  Sleeper sleeper;
  int jobs = 0;
  std::atomic<int> done{0};
  std::thread thread([&] {
    WaitLock lock;
    sleeper.BindToThisThread();
    for (; done < kJobs; done++) {
      while (jobs == 0) sleeper.Rest(&lock, 60);
      jobs--;
    }
  });
  // Each is woken for once.
  for (int given = 1; given <= kJobs; given++) {
    {
      const WaitLock lock;
      jobs++;
      sleeper.Wake();
    }
    if (!Until("it has been woken", [&] { return done == given; })) break;
  }
  thread.join();
  EXPECT_EQ(done, kJobs);
}

TEST(Sleeper, MovesToTheProcessorWhereItIsWantedAndStaysFreeToGo) {
  const cpu_set_t all = ProcessorsOfThisThread();
  const std::vector<int> numbers = NumbersOf(all);
  if (numbers.size() < 2) GTEST_SKIP() << "there is only one processor here";
  constexpr int kRounds = 20;
  int moved = 0;
  for (int round = 0; round < kRounds; round++) {
    Sleeper sleeper;
    GoTo(numbers[1], all);
    sleeper.ComeHere();
    const int wanted = sched_getcpu();
    GoTo(wanted == numbers[0] ? numbers[1] : numbers[0], all);
    // Once or twice means nothing: the scheduler has its reasons, too.
    sleeper.GoWhereItIsWanted();
    sleeper.GoWhereItIsWanted();
    const int before = sched_getcpu();
    for (int i = 0; i < 10; i++) sleeper.GoWhereItIsWanted();
    if (before != wanted && sched_getcpu() == wanted) moved++;
    const cpu_set_t afterwards = ProcessorsOfThisThread();
    EXPECT_TRUE(CPU_EQUAL(&afterwards, &all));
  }
  // The scheduler may move it elsewhere in between, but hardly ever.
  EXPECT_GT(moved, kRounds / 2);
}

TEST(Sleeper, StaysAwayFromAProcessorThatItIsKeptFrom) {
  const cpu_set_t all = ProcessorsOfThisThread();
  const std::vector<int> numbers = NumbersOf(all);
  if (numbers.size() < 2) GTEST_SKIP() << "there is only one processor here";
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(numbers[0], &only);
  Sleeper sleeper;
  std::thread([&] {
    GoTo(numbers[1], all);
    while (sched_getcpu() != numbers[1]) GoTo(numbers[1], all);
    sleeper.ComeHere();
    GoTo(numbers[0], only);
    for (int i = 0; i < 100; i++) {
      sleeper.GoWhereItIsWanted();
      EXPECT_EQ(sched_getcpu(), numbers[0]);
    }
    const cpu_set_t afterwards = ProcessorsOfThisThread();
    EXPECT_TRUE(CPU_EQUAL(&afterwards, &only));
  }).join();
}

}  // namespace

}  // namespace sysvmq
