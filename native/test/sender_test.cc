// Sending a message that has to wait for room.
#include "../core/sender.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "../core/wait_lock.h"
#include "child_process.h"
#include "event_log.h"
#include "our_threads.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

const char* const kName = "sysvmq-send";
constexpr int kRounds = 3000;

void AwaitBlocked() {
  EXPECT_TRUE(Until("the sender blocks", [] { return ThreadsBlockedIn(kName, SYS_msgsnd, 1); }));
}

class Senders : public testing::Test {
 protected:
  void SetUp() override { sender_ = OpenSender(queue_.Id(), EventLog::OnSent, &log_, 5); }
  void TearDown() override {
    sender_.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  }

  void Start(std::string_view text, int64_t type = 1) {
    Message message(type, text);
    EXPECT_TRUE(StartSend(sender_.get(), message.Buffer(), text.size()));
  }

  const TestQueue queue_;
  EventLog log_;
  OwnedSender sender_;
};

TEST_F(Senders, SendsAtOnceWhenThereIsRoom) {
  Start("hello", int64_t{1} << 40);
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).token, 5);
  EXPECT_EQ(log_.At(0).result, 0);
  EXPECT_EQ(queue_.ReceiveText(int64_t{1} << 40), "hello");
}

TEST_F(Senders, WaitsUntilThereIsRoom) {
  queue_.FillButFor(0);
  Start("waits");
  AwaitBlocked();
  EXPECT_EQ(log_.Count(), 0u);
  while (queue_.ReceiveText().has_value() && log_.Count() == 0) continue;
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, 0);
}

TEST_F(Senders, CancelledItHasNotSent) {
  queue_.FillButFor(0);
  const size_t before = queue_.MessageCount();
  Start("never");
  AwaitBlocked();
  CancelSend(sender_.get());
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -ECANCELED);
  EXPECT_EQ(queue_.MessageCount(), before);
}

TEST_F(Senders, SaysThatTheQueueWasRemoved) {
  queue_.FillButFor(0);
  Start("never");
  AwaitBlocked();
  queue_.Remove();
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -EIDRM);
}

TEST_F(Senders, SaysThatTheMessageCanNeverFitAnyMore) {
  queue_.FillButFor(0);
  Start("ten bytes!");
  AwaitBlocked();
  queue_.SetMaxBytes(9);
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -EMSGSIZE);
}

// Memory that whoever reads it waits for, until it is supplied.
class LateMemory {
 public:
  explicit LateMemory(size_t bytes) : bytes_(bytes), fd_(static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC))) {
    memory_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uffdio_api api = {};
    api.api = UFFD_API;
    uffdio_register range = {};
    range.range = {reinterpret_cast<uintptr_t>(memory_), bytes};
    range.mode = UFFDIO_REGISTER_MODE_MISSING;
    late_ = fd_ >= 0 && ioctl(fd_, UFFDIO_API, &api) == 0 && ioctl(fd_, UFFDIO_REGISTER, &range) == 0;
  }
  ~LateMemory() {
    munmap(memory_, bytes_);
    if (fd_ >= 0) close(fd_);
  }
  LateMemory(const LateMemory&) = delete;
  LateMemory& operator=(const LateMemory&) = delete;

  bool IsLate() const { return late_; }
  void* Address() const { return memory_; }
  bool AwaitReader() const {
    pollfd readable = {fd_, POLLIN, 0};
    return poll(&readable, 1, 20'000) == 1;
  }
  void Supply() const {
    uffdio_zeropage zeros = {};
    zeros.range = {reinterpret_cast<uintptr_t>(memory_), bytes_};
    EXPECT_EQ(ioctl(fd_, UFFDIO_ZEROPAGE, &zeros), 0);
  }

 private:
  const size_t bytes_;
  const int fd_;
  void* memory_ = nullptr;
  bool late_ = false;
};

TEST_F(Senders, CopiesAMessageWhileTheLockIsFree) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const LateMemory memory(page);
  if (!memory.IsLate())
    GTEST_SKIP() << "userfaultfd(2) is not to be had: it takes root, or vm.unprivileged_userfaultfd";
  std::thread starter([&] { EXPECT_TRUE(StartSend(sender_.get(), static_cast<MessageBuffer*>(memory.Address()), 5)); });
  EXPECT_TRUE(memory.AwaitReader());
  std::atomic<bool> locked{false};
  std::thread other([&] {
    const WaitLock lock;
    locked = true;
  });
  EXPECT_TRUE(Until("another thread has the lock", [&] { return locked.load(); }));
  memory.Supply();
  starter.join();
  other.join();
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -EINVAL) << "the memory's zeros are no type";
}

// Its status says whether the message could still fit; without the right to read it MSG_STAT_ANY says so.
TEST(SenderWithoutRights, SaysThatTheMessageCanNeverFitAnyMore) {
  WithoutCapabilities([] {
    const TestQueue queue;
    EventLog log;
    OwnedSender sender = OpenSender(queue.Id(), EventLog::OnSent, &log, 5);
    const msqid_ds status = queue.Status();
    queue.FillButFor(0);
    queue.SetMode(0200);
    Message message(1, "ten bytes!");
    ASSERT_TRUE(StartSend(sender.get(), message.Buffer(), 10));
    AwaitBlocked();
    ASSERT_EQ(SetStatus(queue.Id(), status.msg_perm.uid, status.msg_perm.gid, 0200, 9), 0);
    EXPECT_TRUE(log.Await(1));
    EXPECT_EQ(log.At(0).result, -EMSGSIZE);
    sender.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  });
}

TEST(SenderWithoutRights, SaysThatItHasNoThread) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "it takes another user, whom the limit on processes holds for";
  AsNobody([] {
    const TestQueue queue;
    EventLog log;
    OwnedSender sender = OpenSender(queue.Id(), EventLog::OnSent, &log, 5);
    Message message(1, "hello");
    {
      const NoMoreThreads limit;
      EXPECT_FALSE(StartSend(sender.get(), message.Buffer(), 5));
    }
    EXPECT_TRUE(StartSend(sender.get(), message.Buffer(), 5)) << "it can be sent later";
    EXPECT_TRUE(log.Await(1));
    sender.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
    EXPECT_EQ(queue.ReceiveText(), "hello");
  });
}

TEST_F(Senders, TellsNothingAfterItWasClosed) {
  queue_.FillButFor(0);
  Start("never");
  AwaitBlocked();
  sender_.reset();
  EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  EXPECT_EQ(log_.Count(), 0u);
}

TEST_F(Senders, EndsItsThreadWhenItHasRestedForAWhileAndStartsAnother) {
  Start("one");
  ASSERT_TRUE(log_.Await(1));
  EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  Start("two");
  ASSERT_TRUE(log_.Await(2));
  EXPECT_EQ(queue_.MessageCount(), 2u);
}

// The event matches the outcome: sent if and only if the message is in the queue.
TEST_F(Senders, CancelledAgainstRoomItSaysWhatHappened) {
  const TestQueue& queue = queue_;
  queue.FillButFor(0);
  size_t sent = 0;
  for (int round = 0; round < kRounds; round++) {
    Start("x", 2);
    for (int spin = 0; spin < round % 40; spin++) std::this_thread::yield();
    std::thread receiver;
    if (round % 2 == 0) {
      receiver = std::thread([&] { queue.ReceiveText(1); });
    }
    // In some rounds the cancel is certainly late; in those without a receiver it never is.
    if (round % 16 == 0) {
      ASSERT_TRUE(log_.Await(round + 1));
    }
    CancelSend(sender_.get());
    if (receiver.joinable()) receiver.join();
    ASSERT_TRUE(log_.Await(round + 1));
    const Result result = log_.At(round).result;
    const bool in_queue = queue.ReceiveText(2).has_value();
    ASSERT_EQ(result == 0, in_queue);
    ASSERT_TRUE(result == 0 || result == -ECANCELED);
    if (in_queue) sent++;
    if (queue.MessageCount() == 0) queue.FillButFor(0);
  }
  EXPECT_GT(sent, 0u);
  EXPECT_LT(sent, static_cast<size_t>(kRounds));
}

}  // namespace

}  // namespace sysvmq
