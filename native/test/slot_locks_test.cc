// Slots are locked in memory while msgrcv may write to them, as far as the limit allows (RLIMIT_MEMLOCK).
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>

#include "../core/airlock.h"
#include "airlock_scene.h"
#include "child_process.h"

namespace sysvmq {

namespace {

constexpr size_t kPage = 4096;
constexpr uint32_t kSlots = 4;
// A slot of two pages and some bytes: it lies in three pages, or in four.
constexpr uint64_t kCapacity = 9000;
constexpr rlim_t kRoomForOne = 20'000;

void LimitLockedMemory(rlim_t bytes) {
  const rlimit room = {bytes, bytes};
  ASSERT_EQ(setrlimit(RLIMIT_MEMLOCK, &room), 0);
}

// The kernel refuses to page out what is locked (madvise(2): EINVAL).
bool IsLocked(Airlock* airlock, int32_t slot) {
  const auto begin = reinterpret_cast<uintptr_t>(airlock->WaitBuffer(slot));
  for (uintptr_t page = begin / kPage * kPage; page < begin + kCapacity; page += kPage) {
    if (madvise(reinterpret_cast<void*>(page), kPage, MADV_COLD) == 0 || errno != EINVAL) return false;
  }
  return true;
}

uint32_t LockedCount(Airlock* airlock) {
  uint32_t locked = 0;
  for (uint32_t slot = 0; slot < kSlots; slot++) {
    if (IsLocked(airlock, static_cast<int32_t>(slot))) locked++;
  }
  return locked;
}

class LockedSlots : public testing::Test {
 protected:
  void SetUp() override {
#ifdef SYSVMQ_SANITIZED
    GTEST_SKIP() << "a sanitizer replaces mlock, and locks nothing";
#endif
  }
};

// An airlock beside a queue with a message for each slot.
class Scene {
 public:
  Scene() {
    EXPECT_EQ(Airlock::Create(folder_.Path(), "queue-default-0", kSlots, kCapacity, 0, 0, &airlock_), 0);
    for (uint32_t slot = 0; slot < kSlots; slot++) EXPECT_EQ(queue_.SendText(1, "text"), 0);
  }
  ~Scene() {
    for (int slot = airlock_->NextInHand(0); slot >= 0; slot = airlock_->NextInHand(slot)) airlock_->Free(slot);
    airlock_->Release();
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  Airlock* Get() { return airlock_; }
  int32_t Take() { return static_cast<int32_t>(airlock_->Take(queue_.Id(), 0, 0)); }

 private:
  StateFolder folder_;
  TestQueue queue_;
  Airlock* airlock_ = nullptr;
};

}  // namespace

TEST_F(LockedSlots, TheWholeFileIsLockedWhereTheLimitAllowsIt) {
  WithoutCapabilities([] {
    LimitLockedMemory(1'000'000);
    Scene scene;
    EXPECT_EQ(LockedCount(scene.Get()), kSlots);
  });
}

TEST_F(LockedSlots, WhereTheLimitIsSmallerTheSlotThatAMessageFillsIsLocked) {
  WithoutCapabilities([] {
    LimitLockedMemory(kRoomForOne);
    Scene scene;
    EXPECT_EQ(LockedCount(scene.Get()), 0u);
    for (uint32_t taken = 0; taken < kSlots; taken++) {
      const int32_t slot = scene.Take();
      ASSERT_GE(slot, 0);
      EXPECT_TRUE(IsLocked(scene.Get(), slot));
      EXPECT_EQ(LockedCount(scene.Get()), 1u);
    }
  });
}

TEST_F(LockedSlots, ASlotThatWaitsForAMessageStaysLockedWhenTheOthersAreUnlocked) {
  WithoutCapabilities([] {
    LimitLockedMemory(2 * kRoomForOne);
    Scene scene;
    const auto waiting = static_cast<int32_t>(scene.Get()->ArmForWait());
    ASSERT_GE(waiting, 0);
    EXPECT_TRUE(IsLocked(scene.Get(), waiting));
    for (uint32_t taken = 1; taken < kSlots; taken++) {
      const int32_t slot = scene.Take();
      ASSERT_GE(slot, 0);
      EXPECT_TRUE(IsLocked(scene.Get(), slot));
      EXPECT_TRUE(IsLocked(scene.Get(), waiting));
    }
    scene.Get()->SettleWait(waiting, -ENOMSG);
    scene.Get()->EndWait(waiting);
  });
}

TEST_F(LockedSlots, WithoutRoomForASingleSlotTheAirlockWorksUnlocked) {
  WithoutCapabilities([] {
    LimitLockedMemory(0);
    Scene scene;
    EXPECT_GE(scene.Take(), 0);
    EXPECT_GE(scene.Take(), 0);
    EXPECT_EQ(LockedCount(scene.Get()), 0u);
  });
}

}  // namespace sysvmq
