// Consumers that are killed with SIGKILL, at random and after every single instruction: no message is lost or wrong,
// and only a message in hand comes twice.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "airlock_scene.h"
#include "child_process.h"
#include "our_threads.h"

namespace sysvmq {

namespace {

constexpr size_t kMaxBytes = 200;
// Of several pages.
constexpr size_t kMaxBytesOfPages = 9000;
constexpr uint32_t kSlots = 4;
constexpr char kName[] = "queue-default-0";

// The airlock of a consumer: a dead consumer's, or a new one.
Airlock* OpenOrCreate(const StateFolder& folder, uint64_t capacity = kMaxBytes) {
  Airlock* airlock = nullptr;
  Result result = 0;
  // A program that reads a dead process's memory at that moment (ps) keeps its lock a little longer.
  for (int tries = 0; tries < 1000; tries++) {
    result = Airlock::Open(folder.Path(), kName, AirlockAccess::kTakeOver, &airlock);
    if (result == -ENOENT) result = Airlock::Create(folder.Path(), kName, kSlots, capacity, 0, 0, &airlock);
    if (result != -EWOULDBLOCK && result != -EEXIST) break;
    usleep(1000);
  }
  EXPECT_EQ(result, 0);
  if (result < 0) abort();
  return airlock;
}

// The work: counting the message. The end of the tally counts wrong ones.
struct Work {
  Tally begun;
  Tally done;
  Tally uncertain{1};
  Tally wrong{1};
  const int64_t numbers;
  const size_t max_bytes;
  Work(uint32_t count, size_t longest) : begun(count + 1), done(count + 1), numbers(count), max_bytes(longest) {}

  void Do(Airlock* airlock, int slot) {
    InHand in_hand = {};
    const MessageBuffer* message = airlock->Read(slot, &in_hand);
    if (message == nullptr) return wrong.Count(0);
    // A length that the keystream alone tells may be short by what happens to look like it, and a shorter number is
    // another's.
    if (in_hand.uncertain) return uncertain.Count(0);
    const int64_t number = NumberOf(message->Text(), in_hand.length, max_bytes);
    if (number < 0 || number >= numbers || message->type != number % 7 + 1) return wrong.Count(0);
    begun.Count(static_cast<size_t>(number));
    airlock->Note(slot, in_hand.attempts + 1, 0);
    done.Count(static_cast<size_t>(number));
  }
};

void DoWhatIsInHand(Airlock* airlock, Work* work) {
  for (int slot = airlock->NextInHand(0); slot >= 0; slot = airlock->NextInHand(slot + 1)) {
    work->Do(airlock, slot);
    airlock->Free(slot);
  }
}

// The pages of an airlock while consumers are killed.
enum class Pages {
  kLeftAlone,
  kPagedOut,           // all the time, where there is swap; no slot is locked
  kPagedOutButLocked,  // the same, but the airlock has locked the slots in use
};

char* FileOf(Airlock* airlock) {
  const auto slot = reinterpret_cast<uintptr_t>(airlock->WaitBuffer(0)) / 4096 * 4096;
  return reinterpret_cast<char*>(slot - kAirlockHeaderBytes);
}

// What the kernel may do to the pages while msgrcv writes there, done all the time: the copy has to wait for pages that
// are paged out; and another thread changes the memory map.
void* PageOut(void* airlock) {
  auto* at = static_cast<Airlock*>(airlock);
  char* memory = FileOf(at);
  // One by one: madvise ends at a page that is locked.
  for (size_t page = 0;; page = (page + 4096) % at->Bytes()) madvise(memory + page / 4096 * 4096, 4096, MADV_PAGEOUT);
}

void* ChangeMemoryMap(void* /*unused*/) {
  for (;;) {
    void* memory = mmap(nullptr, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    munmap(memory, 65536);
  }
}

void MovePages(Airlock* airlock, Pages pages) {
  if (pages == Pages::kPagedOut) munlock(FileOf(airlock), airlock->Bytes());
  pthread_t thread = {};
  ASSERT_EQ(pthread_create(&thread, nullptr, PageOut, airlock), 0);
  ASSERT_EQ(pthread_create(&thread, nullptr, ChangeMemoryMap, nullptr), 0);
}

// Takes messages forever, up to kSlots at a time.
void Consume(const StateFolder& folder, int id, Pages pages, Work* work) {
  Airlock* airlock = OpenOrCreate(folder, work->max_bytes);
  if (pages != Pages::kLeftAlone) MovePages(airlock, pages);
  for (;;) {
    DoWhatIsInHand(airlock, work);
    for (uint32_t taken = 0; taken < kSlots; taken++) {
      if (airlock->Take(id, 0, 0) < 0) break;
    }
  }
}

class Killing {
 public:
  explicit Killing(int kills, size_t max_bytes = kMaxBytes)
      : kills_(kills), total_(static_cast<uint32_t>(kills) * 12), max_bytes_(max_bytes), work_(total_, max_bytes) {}

  // Keeps the queue full while consumers come and die, and counts the fate of every message.
  void Run(bool rival, Pages pages = Pages::kLeftAlone) {
    const pid_t other = rival ? Fork([this] { TakePlainly(); }) : -1;
    const pid_t sender = Fork([this] {
      for (uint32_t number = 0; number < total_; number++) {
        const std::string text = NumberedText(number, max_bytes_);
        ASSERT_EQ(Send(queue_.Id(), Message(number % 7 + 1, text).Buffer(), text.size(), 0), 0);
      }
    });
    std::mt19937 random(20261128);
    for (int killed = 0; killed < kills_; killed++) {
      const pid_t consumer = Fork([this, pages] { Consume(folder_, queue_.Id(), pages, &work_); });
      usleep(random() % (pages == Pages::kLeftAlone ? 400 : 3000) + 100);
      KillAndReap(consumer);
    }
    Finish(sender);
    if (other > 0) KillAndReap(other);
    Check(pages == Pages::kPagedOut);
  }

  uint32_t Uncertain() const { return work_.uncertain.At(0); }

 private:
  // A program that knows nothing of airlocks. It is never killed with a message in hand.
  void TakePlainly() {
    Message message(max_bytes_);
    for (;;) {
      const Result length = Receive(queue_.Id(), message.Buffer(), max_bytes_, 0, IPC_NOWAIT);
      if (length < 0) {
        usleep(20);
        continue;
      }
      const int64_t number = NumberOf(message.Buffer()->Text(), static_cast<size_t>(length), max_bytes_);
      if (number < 0) {
        work_.wrong.Count(0);
      } else {
        work_.begun.Count(static_cast<size_t>(number));
        work_.done.Count(static_cast<size_t>(number));
      }
    }
  }

  // The rest of the messages, by a consumer that lives.
  void Finish(pid_t sender) {
    Airlock* airlock = OpenOrCreate(folder_, max_bytes_);
    int status = 0;
    bool sending = true;
    for (;;) {
      DoWhatIsInHand(airlock, &work_);
      if (airlock->Take(queue_.Id(), 0, 0) >= 0) continue;
      if (!sending) break;
      sending = waitpid(sender, &status, WNOHANG) == 0;
    }
    EXPECT_EQ(status, 0);
    airlock->Release();
  }

  // A page of a slot that is not locked may be gone when msgrcv writes there. A kill at that instant loses the message
  // if it is the page of the type (docs/delivery.md). One in some 50,000 such kills was seen.
  void Check(bool may_lose_one) {
    uint32_t lost = 0;
    uint32_t twice = 0;
    for (uint32_t number = 0; number < total_; number++) {
      if (work_.done.At(number) == 0) lost++;
      if (work_.begun.At(number) > 1) twice++;
    }
    EXPECT_EQ(work_.wrong.At(0), 0u);
    // A message whose length was a byte short could not be identified by its number.
    if (may_lose_one) {
      EXPECT_LE(lost, Uncertain() + 1);
    } else {
      EXPECT_EQ(lost, Uncertain());
    }
    EXPECT_LE(twice, static_cast<uint32_t>(kills_) * kSlots);
    EXPECT_TRUE(folder_.Files().empty()) << "a file with nothing in hand goes with its owner";
    printf("%d kills, %u messages, %u lost, %u twice, %u uncertain\n", kills_, total_, lost - Uncertain(), twice,
           Uncertain());
  }

  const int kills_;
  const uint32_t total_;
  const size_t max_bytes_;
  StateFolder folder_;
  TestQueue queue_;
  Work work_;
};

TEST(AirlockKill, ASoleReaderLosesNothing) {
  Killing killing(KillCount(150));
  killing.Run(false);
  EXPECT_EQ(killing.Uncertain(), 0u);
}

TEST(AirlockKill, WithARivalNothingIsLostAndNothingWrongIsCalledCertain) { Killing(KillCount(150)).Run(true); }

// trust/moved-pages.mjs runs these two for long, with swap. A message that is longer than a page meets more of them.
class AirlockKillOfPages : public testing::Test {
 protected:
  void SetUp() override {
#ifdef SYSVMQ_SANITIZED
    GTEST_SKIP() << "the threads of a sanitizer take the time that these need";
#endif
  }

 private:
  const ChangedLimit msgmax_{"msgmax", kMaxBytesOfPages};
  const ChangedLimit msgmnb_{"msgmnb", 65536};
};

TEST_F(AirlockKillOfPages, PagedOutNothingIsLostButOneInTheory) {
  // One that a kill cuts short while the kernel waits for its page is marked (docs/delivery.md); the figure tells.
  Killing(KillCount(60), kMaxBytesOfPages).Run(false, Pages::kPagedOut);
}

TEST_F(AirlockKillOfPages, PagedOutWithSlotsLockedOneByOneNothingIsLost) {
  WithoutCapabilities([] {
    // Room for one of the four slots: 9,120 bytes, in up to four pages.
    const rlimit room = {20'000, 20'000};
    ASSERT_EQ(setrlimit(RLIMIT_MEMLOCK, &room), 0);
    Killing killing(KillCount(60), kMaxBytesOfPages);
    killing.Run(false, Pages::kPagedOutButLocked);
    EXPECT_EQ(killing.Uncertain(), 0u);
  });
}

// The wait itself takes these.
TEST(AirlockKill, EmptyMessagesThatAWaitTakesAreNotLost) {
  const int kills = KillCount(150);
  const StateFolder folder;
  const TestQueue queue;
  Tally handled(1);
  int sent = 0;
  std::mt19937 random(20261128);
  // How long a consumer takes to enter its wait: longer on a slow machine, and under a sanitizer.
  useconds_t settle_us = 200;
  for (int killed = 0; killed < kills; killed++) {
    const pid_t consumer = Fork([&] {
      Airlock* airlock = OpenOrCreate(folder);
      for (int slot = airlock->ArmForWait(); slot >= 0; slot = airlock->ArmForWait()) {
        airlock->SettleWait(slot, Receive(queue.Id(), airlock->WaitBuffer(slot), 0, 0, 0));
      }
      pause();
    });
    if (handled.At(0) == 0 && killed > 3 && settle_us < 100'000) settle_us *= 2;
    usleep(random() % 300 + settle_us);
    // Killed just before, just after, and while the kernel gives it the message.
    const bool killed_first = killed % 3 == 0;
    if (killed_first) kill(consumer, SIGKILL);
    ASSERT_EQ(queue.SendText(5, ""), 0);
    sent++;
    for (volatile uint32_t spin = random() % 3000; spin > 0; spin = spin - 1) {
    }
    KillAndReap(consumer);
    // The next consumer has this one's messages.
    Airlock* airlock = OpenOrCreate(folder);
    for (int slot = airlock->NextInHand(0); slot >= 0; slot = airlock->NextInHand(slot + 1)) {
      InHand in_hand = {};
      const MessageBuffer* message = airlock->Read(slot, &in_hand);
      ASSERT_NE(message, nullptr);
      EXPECT_EQ(message->type, 5);
      EXPECT_EQ(in_hand.length, 0u);
      EXPECT_FALSE(in_hand.uncertain);
      handled.Count(0);
      airlock->Free(slot);
    }
    airlock->Release();
  }
  const size_t in_queue = queue.MessageCount();
  EXPECT_EQ(handled.At(0) + in_queue, static_cast<size_t>(sent));
  EXPECT_GT(handled.At(0), 0u);
  printf("%d kills, %u taken by the wait, %zu still in the queue, 0 lost\n", kills, handled.At(0), in_queue);
}

// A longer message than a slot holds stays in the queue; the next airlock has larger slots.
TEST(AirlockKill, LongerMessagesThanASlotHoldsStayInTheQueueUntilThereAreLargerSlots) {
  const int kills = KillCount(150);
  const ChangedLimit msgmax("msgmax", 40);
  const StateFolder folder;
  const TestQueue queue;
  Tally done(static_cast<size_t>(kills) + 1);
  std::mt19937 random(20261128);
  for (int number = 0; number < kills; number++) {
    const bool is_long = number % 2 == 1;
    const size_t length = is_long ? 150 : 30;
    const ChangedLimit raised("msgmax", is_long ? 400 : 40);
    std::string text(length, 'x');
    memcpy(text.data(), &number, sizeof(number));
    ASSERT_EQ(queue.SendText(1, text), 0);
    const auto consume = [&](bool to_the_end) {
      uint64_t capacity = 40;
      for (;;) {
        Airlock* airlock = OpenOrCreate(folder, capacity);
        for (int slot = airlock->NextInHand(0); slot >= 0; slot = airlock->NextInHand(slot + 1)) {
          InHand in_hand = {};
          int found = -1;
          const MessageBuffer* message = airlock->Read(slot, &in_hand);
          memcpy(&found, message->Text(), sizeof(found));
          if (in_hand.length == length && found == number) done.Count(static_cast<size_t>(number));
          airlock->Free(slot);
        }
        const Result result = airlock->Take(queue.Id(), 0, 0);
        if (result == -E2BIG) capacity = 400;
        airlock->Release();
        if (result == -ENOMSG && to_the_end) return;
      }
    };
    const pid_t consumer = Fork([&] { consume(false); });
    usleep(random() % 300 + 100);
    KillAndReap(consumer);
    consume(true);
    ASSERT_GE(done.At(static_cast<size_t>(number)), 1u) << "message " << number << " is lost or wrong";
  }
  printf("%d kills, 0 lost\n", kills);
}

// Every place between the first instruction of Take and the last of Free.
TEST(AirlockKill, AfterAnyInstructionOfTakingTheMessageIsInTheQueueOrInHandAndExact) {
#ifdef SYSVMQ_SANITIZED
  GTEST_SKIP() << "single steps through a sanitizer's own code are too many";
#endif
  const StateFolder folder;
  const TestQueue queue;
  const std::string text = NumberedText(77, kMaxBytes);
  Tally done(1);
  const auto take = [&] {
    Airlock* airlock = OpenOrCreate(folder);
    raise(SIGSTOP);
    const int slot = airlock->Take(queue.Id(), 0, 0);
    done.Count(0);
    airlock->Free(slot);
    _exit(0);
  };
  ASSERT_EQ(queue.SendText(3, text), 0);
  const long all = CountSteps(take);
  ASSERT_EQ(queue.MessageCount(), 0u);
  const long stride = getenv("SYSVMQ_KILLS") == nullptr ? all / 30 + 1 : 1;
  long in_queue = 0;
  long in_hand_count = 0;
  long finished = 0;
  for (long steps = 0; steps < all; steps += stride) {
    const uint32_t done_before = done.At(0);
    ASSERT_EQ(queue.SendText(3, text), 0);
    KillAfterSteps(steps, take);
    Airlock* airlock = OpenOrCreate(folder);
    const int slot = airlock->NextInHand(0);
    const bool queued = queue.MessageCount() == 1;
    if (slot >= 0) {
      InHand in_hand = {};
      const MessageBuffer* message = airlock->Read(slot, &in_hand);
      ASSERT_NE(message, nullptr);
      EXPECT_EQ(std::string(message->Text(), in_hand.length), text);
      EXPECT_EQ(message->type, 3);
      EXPECT_FALSE(in_hand.uncertain);
      EXPECT_FALSE(queued);
      airlock->Free(slot);
      in_hand_count++;
    } else if (queued) {
      EXPECT_EQ(queue.ReceiveText(), text);
      in_queue++;
    } else {
      ASSERT_GT(done.At(0), done_before) << "lost after " << steps << " of " << all << " instructions";
      finished++;
    }
    airlock->Release();
  }
  EXPECT_GT(in_queue, 0);
  EXPECT_GT(in_hand_count, 0);
  printf("of %ld instructions: %ld in the queue, %ld in hand, %ld done\n", all, in_queue, in_hand_count, finished);
}

// A recovery that is killed leaves the same to the next one.
TEST(AirlockKill, AfterAnyInstructionOfRecoveringTheNextRecoveryFindsTheSame) {
#ifdef SYSVMQ_SANITIZED
  GTEST_SKIP() << "single steps through a sanitizer's own code are too many";
#endif
  const StateFolder folder;
  const TestQueue queue;
  const std::string text = NumberedText(78, kMaxBytes);
  // Armed, with a message whose length was not noted.
  const auto take_and_die = [&] {
    Airlock* airlock = OpenOrCreate(folder);
    const int slot = airlock->ArmForWait();
    airlock->SettleWait(slot, -ENOMSG);
    airlock->EndWait(slot);
    EXPECT_GE(airlock->Take(queue.Id(), 0, 0), 0);
    kill(getpid(), SIGKILL);
  };
  const auto recover = [&] {
    raise(SIGSTOP);
    Airlock* airlock = nullptr;
    Airlock::Open(folder.Path(), kName, AirlockAccess::kTakeOver, &airlock);
    _exit(0);
  };
  ASSERT_EQ(queue.SendText(3, text), 0);
  waitpid(Fork(take_and_die), nullptr, 0);
  const long all = CountSteps(recover);
  const long stride = getenv("SYSVMQ_KILLS") == nullptr ? all / 12 + 1 : 5;
  for (long steps = 0; steps < all; steps += stride) {
    KillAfterSteps(steps, recover);
    Airlock* airlock = nullptr;
    ASSERT_EQ(Airlock::Open(folder.Path(), kName, AirlockAccess::kInspect, &airlock), 0);
    EXPECT_EQ(airlock->DamagedCount(), 0u);
    const int slot = airlock->NextInHand(0);
    InHand in_hand = {};
    const MessageBuffer* message = airlock->Read(slot, &in_hand);
    ASSERT_NE(message, nullptr) << "after " << steps << " of " << all << " instructions";
    EXPECT_EQ(std::string(message->Text(), in_hand.length), text);
    airlock->Release();
  }
  Airlock* airlock = OpenOrCreate(folder);
  airlock->Free(airlock->NextInHand(0));
  airlock->Release();
}

}  // namespace

}  // namespace sysvmq
