// An airlock's file: refusals, damage, and the state after taking and freeing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "../core/airlock_text.h"
#include "../core/airlock_waiter.h"
#include "../core/shared_claim.h"
#include "airlock_scene.h"
#include "child_process.h"
#include "event_log.h"
#include "our_threads.h"

namespace sysvmq {

namespace {

constexpr char kName[] = "queue-default-0";

Airlock* Create(const StateFolder& folder, uint32_t slots = 2, uint64_t capacity = 64, const char* name = kName) {
  Airlock* airlock = nullptr;
  EXPECT_EQ(Airlock::Create(folder.Path(), name, slots, capacity, 7, 8, &airlock), 0);
  return airlock;
}

std::string TextIn(const Airlock* airlock, int slot) {
  InHand in_hand = {};
  const MessageBuffer* message = airlock->Read(slot, &in_hand);
  return message == nullptr ? "(none)" : std::string(message->Text(), in_hand.length);
}

// A file as a killed consumer leaves it: with a free lock, and its messages in hand.
void LeaveBehind(const StateFolder& folder, const TestQueue& queue, int taken) {
  InChildProcess([&] {
    // Nobody closes it. Valgrind would report it as lost if no static pointed to it.
    static Airlock* airlock;
    airlock = Create(folder);
    for (int index = 0; index < taken; index++) EXPECT_GE(airlock->Take(queue.Id(), 0, 0), 0);
  });
}

Result TakeOver(const StateFolder& folder, Airlock** airlock) {
  return Airlock::Open(folder.Path(), kName, AirlockAccess::kTakeOver, airlock);
}

TEST(Airlock, TakesFreesAndTakesAgain) {
  const StateFolder folder;
  const TestQueue queue;
  Airlock* airlock = Create(folder);
  EXPECT_EQ(airlock->Take(queue.Id(), 0, 0), -ENOMSG);
  for (const char* text : {"first", "", "a third one that is longer", "x"}) {
    ASSERT_EQ(queue.SendText(9, text), 0);
    const int slot = airlock->Take(queue.Id(), 0, 0);
    ASSERT_GE(slot, 0);
    EXPECT_EQ(TextIn(airlock, slot), text);
    EXPECT_TRUE(airlock->Free(slot));
    EXPECT_FALSE(airlock->Free(slot)) << "twice";
  }
  airlock->Release();
  EXPECT_TRUE(folder.Files().empty());
}

int64_t LengthOfLook(Airlock* airlock, int slot) {
  const char* message = reinterpret_cast<const char*>(airlock->WaitBuffer(slot));
  return reinterpret_cast<const AirlockSlot*>(message - offsetof(AirlockSlot, message))->expected;
}

TEST(Airlock, LooksAtEachMessageFirstWhateverTheLengthsOfTheLastOnes) {
  const StateFolder folder;
  const TestQueue queue;
  Airlock* airlock = Create(folder, 2, 8000);
  for (const size_t length : {10, 5000, 10, 300, 0, 257, 8000, 8000, 8000, 4096, 1, 512, 513}) {
    ASSERT_EQ(queue.SendText(1, std::string(length, 'l')), 0);
    const int slot = airlock->Take(queue.Id(), 0, 0);
    ASSERT_GE(slot, 0);
    EXPECT_EQ(LengthOfLook(airlock, slot), static_cast<int64_t>(length));
    EXPECT_EQ(TextIn(airlock, slot), std::string(length, 'l'));
    airlock->Free(slot);
  }
  airlock->Release();
}

TEST(Airlock, SaysWhenEverySlotIsInUseAndWhenAMessageIsLongerThanASlot) {
  const StateFolder folder;
  const TestQueue queue;
  Airlock* airlock = Create(folder);
  for (int count = 0; count < 3; count++) ASSERT_EQ(queue.SendText(1, "m"), 0);
  const int first = airlock->Take(queue.Id(), 0, 0);
  const int second = airlock->Take(queue.Id(), 0, 0);
  EXPECT_EQ(airlock->Take(queue.Id(), 0, 0), -ENOBUFS);
  EXPECT_EQ(airlock->ArmForWait(), -ENOBUFS);
  EXPECT_EQ(queue.MessageCount(), 1u);
  airlock->Free(first);
  airlock->Free(second);
  airlock->Free(airlock->Take(queue.Id(), 0, 0));
  ASSERT_EQ(queue.SendText(1, std::string(65, 'l')), 0);
  EXPECT_EQ(airlock->Take(queue.Id(), 0, 0), -E2BIG);
  EXPECT_EQ(queue.MessageCount(), 1u);
  airlock->Release();
}

TEST(Airlock, TakesBySelectorAndTypesOf63Bits) {
  const StateFolder folder;
  const TestQueue queue;
  Airlock* airlock = Create(folder, 4);
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  ASSERT_EQ(queue.SendText(kLargest, "largest"), 0);
  ASSERT_EQ(queue.SendText(5, "five"), 0);
  ASSERT_EQ(queue.SendText(3, "three"), 0);
  EXPECT_EQ(TextIn(airlock, airlock->Take(queue.Id(), -5, 0)), "three");
  EXPECT_EQ(airlock->Take(queue.Id(), 4, 0), -ENOMSG);
  EXPECT_EQ(TextIn(airlock, airlock->Take(queue.Id(), kLargest, MSG_EXCEPT)), "five");
  EXPECT_EQ(TextIn(airlock, airlock->Take(queue.Id(), kLargest, 0)), "largest");
  for (int slot = airlock->NextInHand(0); slot >= 0; slot = airlock->NextInHand(slot)) airlock->Free(slot);
  airlock->Release();
}

TEST(Airlock, TheNextOwnerHasWhatTheLastOneHadAndNoSequenceComesTwice) {
  const StateFolder folder;
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "one"), 0);
  ASSERT_EQ(queue.SendText(2, "two"), 0);
  LeaveBehind(folder, queue, 2);
  Airlock* airlock = nullptr;
  ASSERT_EQ(TakeOver(folder, &airlock), 0);
  InHand first = {};
  InHand second = {};
  const int slot = airlock->NextInHand(0);
  airlock->Read(slot, &first);
  airlock->Read(airlock->NextInHand(slot + 1), &second);
  EXPECT_NE(first.sequence, second.sequence);
  EXPECT_EQ(first.attempts, 1u);
  EXPECT_TRUE(airlock->Note(slot, 4, 1234));
  airlock->Release();
  ASSERT_EQ(TakeOver(folder, &airlock), 0);
  InHand again = {};
  airlock->Read(slot, &again);
  EXPECT_EQ(again.sequence, first.sequence);
  EXPECT_EQ(again.attempts, 4u);
  EXPECT_EQ(again.not_before, 1234);
  airlock->Free(slot);
  ASSERT_EQ(queue.SendText(3, "three"), 0);
  airlock->Read(airlock->Take(queue.Id(), 0, 0), &again);
  EXPECT_GT(again.sequence, std::max(first.sequence, second.sequence));
  airlock->Free(0);
  airlock->Free(1);
  airlock->Release();
}

TEST(Airlock, ALivingOwnersFileIsNotTakenOver) {
  const StateFolder folder;
  Airlock* airlock = Create(folder);
  Airlock* other = nullptr;
  EXPECT_EQ(TakeOver(folder, &other), -EWOULDBLOCK);
  EXPECT_EQ(Airlock::Create(folder.Path(), kName, 2, 64, 7, 8, &other), -EEXIST);
  ASSERT_EQ(Airlock::Open(folder.Path(), kName, AirlockAccess::kInspect, &other), 0);
  EXPECT_TRUE(other->OwnerLives());
  EXPECT_EQ(other->OwnerProcess(), getpid());
  EXPECT_EQ(other->Take(0, 0, 0), -EROFS);
  other->Release();
  airlock->Release();
}

// Another program has cleaned up, and a sibling has taken the name.
TEST(Airlock, AFileThatWasRemovedSaysSoAndItsEndLeavesAnotherOfItsNameAlone) {
  const StateFolder folder;
  Airlock* airlock = Create(folder);
  EXPECT_TRUE(airlock->IsLinked());
  ASSERT_EQ(unlink((std::string(folder.Path()) + "/" + kName).c_str()), 0);
  EXPECT_FALSE(airlock->IsLinked());
  Airlock* sibling = Create(folder);
  airlock->Release();
  EXPECT_TRUE(sibling->IsLinked());
  EXPECT_EQ(folder.Files().size(), 1u);
  sibling->Release();
  EXPECT_TRUE(folder.Files().empty());
}

TEST(Airlock, AFolderThatIsNotOursAloneIsRefused) {
  const StateFolder folder;
  EXPECT_EQ(CheckAirlockFolder(folder.Path()), 0);
  EXPECT_EQ(CheckAirlockFolder("/dev/shm/sysvmq-no-such-folder"), -ENOENT);
  EXPECT_EQ(CheckAirlockFolder("/proc/self/status"), -ENOTDIR);
  const std::string link = std::string(folder.Path()) + "/link";
  ASSERT_EQ(symlink(folder.Path(), link.c_str()), 0);
  EXPECT_EQ(CheckAirlockFolder(link.c_str()), -ENOTDIR);
  ASSERT_EQ(chmod(folder.Path(), 0777), 0);
  EXPECT_EQ(CheckAirlockFolder(folder.Path()), -EPERM);
  ASSERT_EQ(chmod(folder.Path(), 0700), 0);
  if (!CanBecomeNobody()) GTEST_SKIP() << "another user's folder: only root can become another user";
  ASSERT_EQ(chown(folder.Path(), 65534, 65534), 0);
  EXPECT_EQ(CheckAirlockFolder(folder.Path()), -EPERM);
  ASSERT_EQ(chown(folder.Path(), 0, 0), 0);
}

TEST(Airlock, AFolderThatIsOnNoTmpfsIsRefused) {
  char path[] = "sysvmq-airlock-XXXXXX";
  ASSERT_NE(mkdtemp(path), nullptr);
  struct statfs system = {};
  ASSERT_EQ(statfs(path, &system), 0);
  const Result result = CheckAirlockFolder(path);
  rmdir(path);
  if (system.f_type == 0x01021994) GTEST_SKIP() << "the build's own folder is on a tmpfs, too";
  EXPECT_EQ(result, -EOPNOTSUPP);
}

TEST(Airlock, ATmpfsWithoutRoomIsAnErrorAndNoSigbus) {
  const StateFolder folder;
  InChildProcess([&] {
    if (unshare(CLONE_NEWNS) != 0) {
      printf("not tried: no mount namespace without privilege\n");
      return;
    }
    ASSERT_EQ(mount("none", "/", "none", MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(mount("tmpfs", folder.Path(), "tmpfs", 0, "size=64k,mode=0700"), 0);
    Airlock* airlock = nullptr;
    EXPECT_EQ(Airlock::Create(folder.Path(), kName, 16, 8192, 7, 8, &airlock), -ENOSPC);
    EXPECT_EQ(Airlock::Create(folder.Path(), kName, 2, 8192, 7, 8, &airlock), 0);
    airlock->Release();
  });
}

TEST(Airlock, AFileOfAnotherVersionIsRefused) {
  const StateFolder folder;
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "one"), 0);
  LeaveBehind(folder, queue, 1);
  const int file = open((std::string(folder.Path()) + "/" + kName).c_str(), O_RDWR);
  const uint32_t version = kAirlockVersion + 1;
  ASSERT_EQ(pwrite(file, &version, sizeof(version), offsetof(AirlockHeader, version)), 4);
  Airlock* airlock = nullptr;
  EXPECT_EQ(TakeOver(folder, &airlock), -EPROTO);
  close(file);
}

// Each byte in turn: an error, or the very message.
TEST(Airlock, DamageIsAnErrorAndNeverAMessageOfGarbage) {
  const StateFolder folder;
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "the message"), 0);
  LeaveBehind(folder, queue, 1);
  const int file = open((std::string(folder.Path()) + "/" + kName).c_str(), O_RDWR);
  const off_t bytes = lseek(file, 0, SEEK_END);
  int refused = 0;
  int damaged = 0;
  for (off_t at = 0; at < bytes; at++) {
    if (at == static_cast<off_t>(sizeof(AirlockHeader))) at = kAirlockHeaderBytes;
    unsigned char byte = 0;
    ASSERT_EQ(pread(file, &byte, 1, at), 1);
    for (const unsigned char bits : {0x01, 0x80, 0xFF}) {
      const unsigned char other = byte ^ bits;
      ASSERT_EQ(pwrite(file, &other, 1, at), 1);
      Airlock* airlock = nullptr;
      const Result result = TakeOver(folder, &airlock);
      ASSERT_TRUE(result == 0 || result == -EBADMSG || result == -EPROTO);
      if (result == 0) {
        const int slot = airlock->NextInHand(0);
        if (airlock->DamagedCount() > 0) damaged++;
        if (slot >= 0) {
          EXPECT_EQ(TextIn(airlock, slot), "the message") << "byte " << at;
        }
        EXPECT_TRUE(slot >= 0 || airlock->DamagedCount() > 0) << "gone without a word: byte " << at;
        // Not Free: the file is to stay.
        airlock->Release();
      } else {
        refused++;
      }
      ASSERT_EQ(pwrite(file, &byte, 1, at), 1);
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(damaged, 0);
  for (const off_t length : {0, 10, 4096, static_cast<int>(bytes) - 1, static_cast<int>(bytes) + 1}) {
    ASSERT_EQ(ftruncate(file, length), 0);
    Airlock* airlock = nullptr;
    EXPECT_EQ(TakeOver(folder, &airlock), -EBADMSG) << length << " bytes";
  }
  close(file);
}

TEST(Airlock, AWaitIsToldOnceWhetherItEndsByAMessageAnEmptyOneOrAtRequest) {
  const StateFolder folder;
  const TestQueue queue;
  Airlock* airlock = Create(folder);
  EventLog log;
  OwnedAirlockWaiter waiter = OpenAirlockWaiter(airlock, EventLog::OnReadiness, &log, 1);
  size_t told = 0;
  const auto wait_for = [&](const std::function<void()>& act) {
    const int slot = airlock->ArmForWait();
    EXPECT_TRUE(StartAirlockWait(waiter.get(), slot, queue.Id(), 0, 0));
    EXPECT_FALSE(StartAirlockWait(waiter.get(), slot, queue.Id(), 0, 0)) << "one at a time";
    act();
    told++;
    EXPECT_TRUE(Until("the wait is told", [&] { return log.Count() == told; }));
    airlock->EndWait(slot);
    return slot;
  };
  wait_for([&] { ASSERT_EQ(queue.SendText(1, "text"), 0); });
  const int taken = airlock->Take(queue.Id(), 0, 0);
  EXPECT_EQ(TextIn(airlock, taken), "text");
  airlock->Free(taken);
  const int empty = wait_for([&] { ASSERT_EQ(queue.SendText(6, ""), 0); });
  InHand in_hand = {};
  ASSERT_NE(airlock->Read(empty, &in_hand), nullptr);
  EXPECT_EQ(in_hand.type, 6);
  EXPECT_EQ(in_hand.length, 0u);
  airlock->Free(empty);
  wait_for([&] { CancelAirlockWait(waiter.get()); });
  EXPECT_EQ(airlock->FreeCount(), 2u);
  wait_for([&] { queue.Remove(); });
  waiter.reset();
  airlock->Release();
  EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-lock"));
  EXPECT_TRUE(folder.Files().empty());
}

// The thread has the slot until it has left the kernel, whatever JavaScript's thread has closed.
TEST(Airlock, AnEmptyMessageThatComesWhileAWaiterIsClosedIsNotLost) {
  const StateFolder folder;
  const TestQueue queue;
  for (int round = 0; round < 300; round++) {
    EventLog log;
    Airlock* airlock = Create(folder);
    OwnedAirlockWaiter waiter = OpenAirlockWaiter(airlock, EventLog::OnReadiness, &log, 1);
    ASSERT_TRUE(StartAirlockWait(waiter.get(), airlock->ArmForWait(), queue.Id(), 0, 0));
    for (volatile int spin = 0; spin < round * 20; spin = spin + 1) {
    }
    ASSERT_EQ(queue.SendText(6, ""), 0);
    waiter.reset();
    airlock->Release();
    // The lock is free when the thread has left.
    Result result = -EWOULDBLOCK;
    ASSERT_TRUE(Until("the thread has let go of the file", [&] {
      result = TakeOver(folder, &airlock);
      return result != -EWOULDBLOCK;
    }));
    size_t found = queue.ReceiveText().has_value() ? 1 : 0;
    if (result == 0) {
      if (airlock->NextInHand(0) >= 0) {
        found++;
        airlock->Free(airlock->NextInHand(0));
      }
      airlock->Release();
    }
    ASSERT_EQ(found, 1u) << "round " << round;
  }
}

TEST(AirlockText, TheKeystreamBeginsAgainWhereAMessageEnds) {
  constexpr size_t kBytes = 203;
  for (size_t length = 0; length <= kBytes; length++) {
    char text[kBytes];
    FillKeystream(length, text, kBytes);
    char last = length > 0 ? text[length - 1] : '\0';
    memset(text, 'm', length);
    // Unlike the keystream.
    if (length > 0) text[length - 1] = static_cast<char>(last + 1);
    EXPECT_EQ(LengthOverKeystream(length, text, kBytes), length);
  }
}

TEST(SharedClaim, ALivingNeighborWithAnotherFolderIsRefusedAndADeadOneIsTold) {
  const StateFolder one;
  const StateFolder other;
  EXPECT_NE(FolderIdentity(one.Path()), FolderIdentity(other.Path()));
  EXPECT_EQ(FolderIdentity(one.Path()), FolderIdentity(one.Path()));
  SharedClaim first;
  SharedClaim second;
  const key_t key = 0x5eed7777;
  ASSERT_EQ(ClaimFolder(key, FolderIdentity(one.Path()), &first), 0);
  EXPECT_EQ(ClaimFolder(key, FolderIdentity(one.Path()), &second), 0);
  ReleaseClaim(&second);
  EXPECT_EQ(ClaimFolder(key, FolderIdentity(other.Path()), &second), -EXDEV);
  ReleaseClaim(&second);
  ReleaseClaim(&first);
  InChildProcess([&] {
    SharedClaim claim;
    EXPECT_EQ(ClaimFolder(key, FolderIdentity(one.Path()), &claim), 0);
  });
  EXPECT_EQ(ClaimFolder(key, FolderIdentity(other.Path()), &second), 1);
  EXPECT_EQ(ClaimFolder(key, FolderIdentity(other.Path()), &first), 0);
  ReleaseClaim(&first);
  ReleaseClaim(&second);
}

}  // namespace

}  // namespace sysvmq
