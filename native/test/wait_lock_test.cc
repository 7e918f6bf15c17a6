// The lock of everything that waits.
#include "../core/wait_lock.h"

#include <gtest/gtest.h>

#include <atomic>

namespace sysvmq {

namespace {

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

}  // namespace

}  // namespace sysvmq
