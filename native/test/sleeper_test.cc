// The rest of our threads, and how it ends.
#include "../core/sleeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "call_thread.h"

namespace sysvmq {

namespace {

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

}  // namespace

}  // namespace sysvmq
