// Send and Receive where they need not wait: what comes through, which message is taken, and every errno.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <ostream>
#include <string>

#include "../core/system_calls.h"
#include "child_process.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

constexpr int64_t kHighestType = std::numeric_limits<int64_t>::max();
constexpr size_t kNegativeLength = std::numeric_limits<size_t>::max();

Result SendOne(int id, int64_t type, size_t length) {
  Message message(type, std::string(16384, 'x'));
  return Send(id, message.Buffer(), length, IPC_NOWAIT);
}

Result ReceiveOne(int id, size_t capacity, int64_t type = 0, int flags = 0) {
  Message message(16384);
  return Receive(id, message.Buffer(), capacity, type, flags | IPC_NOWAIT);
}

// Memory for a message whose type can be read and whose text cannot: it begins a page that nobody may touch.
class TextlessMemory {
 public:
  TextlessMemory()
      : page_bytes_(static_cast<size_t>(sysconf(_SC_PAGESIZE))),
        pages_(static_cast<char*>(
            mmap(nullptr, 2 * page_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    EXPECT_NE(pages_, MAP_FAILED);
    EXPECT_EQ(mprotect(pages_ + page_bytes_, page_bytes_, PROT_NONE), 0);
    Buffer()->type = 1;
  }
  ~TextlessMemory() { munmap(pages_, 2 * page_bytes_); }
  TextlessMemory(const TextlessMemory&) = delete;
  TextlessMemory& operator=(const TextlessMemory&) = delete;

  MessageBuffer* Buffer() { return reinterpret_cast<MessageBuffer*>(pages_ + page_bytes_ - sizeof(MessageBuffer)); }

 private:
  size_t page_bytes_;
  char* pages_;
};

TEST(SendAndReceive, CarryTypeAndBytes) {
  const TestQueue queue;
  const std::string text("a\0b\xff", 4);
  ASSERT_EQ(queue.SendText(7, text), 0);
  Message received(100);
  ASSERT_EQ(Receive(queue.Id(), received.Buffer(), 100, 0, 0), 4);
  EXPECT_EQ(received.Type(), 7);
  EXPECT_EQ(received.Text(4), text);
  EXPECT_EQ(received.Text(100).substr(4), std::string(96, '\xff')) << "the bytes beyond the message are left alone";
}

TEST(SendAndReceive, CarryTypesOf64Bits) {
  const TestQueue queue;
  for (const int64_t type : {int64_t{1}, int64_t{0x80000000}, int64_t{0x100000005}, kHighestType}) {
    ASSERT_EQ(queue.SendText(5, "of the low half's type"), 0);
    ASSERT_EQ(queue.SendText(type, "wanted"), 0);
    Message received(100);
    ASSERT_EQ(Receive(queue.Id(), received.Buffer(), 100, type, IPC_NOWAIT), 6) << type;
    EXPECT_EQ(received.Type(), type);
    ASSERT_EQ(queue.ReceiveText(), "of the low half's type");
  }
}

TEST(SendAndReceive, CarryAnEmptyMessage) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(3, ""), 0);
  Message received(8);
  EXPECT_EQ(Receive(queue.Id(), received.Buffer(), 8, 0, IPC_NOWAIT), 0);
  EXPECT_EQ(received.Type(), 3);
  EXPECT_EQ(queue.MessageCount(), 0u);
}

TEST(Send, FailsWithEagainWhenTheBytesDoNotFit) {
  const TestQueue queue;
  queue.SetMaxBytes(10);
  EXPECT_EQ(SendOne(queue.Id(), 1, 8), 0);
  EXPECT_EQ(SendOne(queue.Id(), 1, 3), -EAGAIN);
  EXPECT_EQ(SendOne(queue.Id(), 1, 2), 0);
  EXPECT_EQ(SendOne(queue.Id(), 1, 0), 0) << "an empty message takes no bytes";
}

TEST(Send, FailsWithEagainWhenThereAreAsManyMessagesAsBytes) {
  const TestQueue queue;
  queue.SetMaxBytes(2);
  EXPECT_EQ(SendOne(queue.Id(), 1, 0), 0);
  EXPECT_EQ(SendOne(queue.Id(), 1, 0), 0);
  EXPECT_EQ(SendOne(queue.Id(), 1, 0), -EAGAIN);
}

TEST(Send, FailsWithEagainForAMessageThatCanNeverFit) {
  const TestQueue queue;
  queue.SetMaxBytes(10);
  EXPECT_EQ(SendOne(queue.Id(), 1, 11), -EAGAIN);
}

TEST(Send, FailsWithEinvalForAMessageThatIsNone) {
  const TestQueue queue;
  const auto most = static_cast<size_t>(ReadLimit("msgmax"));
  EXPECT_EQ(SendOne(queue.Id(), 0, 1), -EINVAL);
  EXPECT_EQ(SendOne(queue.Id(), -1, 1), -EINVAL);
  EXPECT_EQ(SendOne(queue.Id(), 1, kNegativeLength), -EINVAL);
  EXPECT_EQ(SendOne(queue.Id(), 1, most + 1), -EINVAL);
  EXPECT_EQ(SendOne(queue.Id(), 1, most), 0);
}

TEST(Send, FailsWithEinvalWithoutAQueue) {
  EXPECT_EQ(SendOne(-1, 1, 1), -EINVAL);
  EXPECT_EQ(SendOne(kNoSuchQueue, 1, 1), -EINVAL);
  EXPECT_EQ(SendOne(RemovedQueue(), 1, 1), -EINVAL);
}

TEST(Send, FailsWithEfaultForMemoryThatCannotBeRead) {
  const TestQueue queue;
  EXPECT_EQ(Send(queue.Id(), nullptr, 1, 0), -EFAULT);
  EXPECT_EQ(Send(-1, nullptr, 1, 0), -EFAULT) << "it comes before everything else";
  TextlessMemory memory;
  EXPECT_EQ(Send(queue.Id(), memory.Buffer(), 1, 0), -EFAULT);
  EXPECT_EQ(Send(RemovedQueue(), memory.Buffer(), 1, 0), -EFAULT) << "the text is copied before the queue is sought";
}

TEST(Send, FailsWithEaccesWithoutWritePermission) {
  WithoutCapabilities([] {
    const TestQueue queue(0400);
    EXPECT_EQ(SendOne(queue.Id(), 1, 1), -EACCES);
    queue.SetMaxBytes(0);
    EXPECT_EQ(SendOne(queue.Id(), 1, 1), -EACCES) << "it comes before EAGAIN";
  });
}

struct Selection {
  int64_t type;
  int flags;
  const char* taken;
};

std::ostream& operator<<(std::ostream& stream, const Selection& selection) {
  return stream << "type " << selection.type << ((selection.flags & MSG_EXCEPT) != 0 ? " excepted" : "");
}

class Selector : public testing::TestWithParam<Selection> {};

TEST_P(Selector, TakesTheFirstMessageThatMatches) {
  const TestQueue queue;
  for (const int64_t type : {5, 3, 4, 3}) {
    ASSERT_EQ(queue.SendText(type, std::to_string(type) + (queue.MessageCount() == 3 ? " again" : "")), 0);
  }
  EXPECT_EQ(queue.ReceiveText(GetParam().type, GetParam().flags), GetParam().taken);
  EXPECT_EQ(queue.MessageCount(), 3u);
}

INSTANTIATE_TEST_SUITE_P(All, Selector,
                         testing::Values(Selection{0, 0, "5"}, Selection{4, 0, "4"}, Selection{3, 0, "3"},
                                         Selection{-4, 0, "3"}, Selection{-5, 0, "3"}, Selection{-kHighestType, 0, "3"},
                                         Selection{-kHighestType - 1, 0, "3"}, Selection{5, MSG_EXCEPT, "3"},
                                         Selection{3, MSG_EXCEPT, "5"},
                                         // Without a type to except, MSG_EXCEPT means nothing.
                                         Selection{0, MSG_EXCEPT, "5"}, Selection{-4, MSG_EXCEPT, "3"}));

TEST(Receive, FailsWithEnomsgWhenNothingMatches) {
  const TestQueue queue;
  EXPECT_EQ(ReceiveOne(queue.Id(), 10), -ENOMSG);
  ASSERT_EQ(queue.SendText(5, "five"), 0);
  EXPECT_EQ(ReceiveOne(queue.Id(), 10, 4), -ENOMSG);
  EXPECT_EQ(ReceiveOne(queue.Id(), 10, -4), -ENOMSG);
  EXPECT_EQ(ReceiveOne(queue.Id(), 10, 5, MSG_EXCEPT), -ENOMSG);
}

TEST(Receive, FailsWithE2bigAndChangesNothingWhenTheMessageIsLonger) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(ReceiveOne(queue.Id(), 4), -E2BIG);
  const msqid_ds status = queue.Status();
  EXPECT_EQ(status.msg_qnum, 1u);
  EXPECT_EQ(status.__msg_cbytes, 5u);
  EXPECT_EQ(status.msg_lrpid, 0);
  EXPECT_EQ(status.msg_rtime, 0);
}

TEST(Receive, CutsALongerMessageWithMsgNoerror) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  Message received(8);
  ASSERT_EQ(Receive(queue.Id(), received.Buffer(), 4, 0, MSG_NOERROR), 4);
  EXPECT_EQ(received.Text(5), "hell\xff");
  EXPECT_EQ(queue.MessageCount(), 0u);
}

TEST(Receive, TakesAMessageThatIsLongerThanMsgmaxIsNow) {
  const TestQueue queue;
  ASSERT_EQ(SendOne(queue.Id(), 1, 8000), 0);
  const ChangedLimit limit("msgmax", 100);
  EXPECT_EQ(SendOne(queue.Id(), 1, 101), -EINVAL);
  EXPECT_EQ(ReceiveOne(queue.Id(), 8000), 8000);
}

TEST(Receive, FailsWithEinvalForANegativeLengthAndWithoutAQueue) {
  const TestQueue queue;
  EXPECT_EQ(ReceiveOne(queue.Id(), kNegativeLength), -EINVAL);
  EXPECT_EQ(ReceiveOne(-1, 1), -EINVAL);
  EXPECT_EQ(ReceiveOne(kNoSuchQueue, 1), -EINVAL);
  EXPECT_EQ(ReceiveOne(RemovedQueue(), 1), -EINVAL);
}

TEST(Receive, FailsWithEaccesWithoutReadPermission) {
  WithoutCapabilities([] {
    const TestQueue queue(0200);
    ASSERT_EQ(queue.SendText(1, "hello"), 0);
    EXPECT_EQ(ReceiveOne(queue.Id(), 10), -EACCES);
  });
}

// The kernel takes the message off the queue before it writes: the binding never gives it memory that is too small.
TEST(Receive, FailsWithEfaultAndLosesTheMessageWhereItCannotWrite) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(Receive(queue.Id(), nullptr, 10, 0, 0), -EFAULT);
  EXPECT_EQ(queue.MessageCount(), 0u);
  ASSERT_EQ(queue.SendText(9, "hello"), 0);
  TextlessMemory memory;
  EXPECT_EQ(Receive(queue.Id(), memory.Buffer(), 10, 0, 0), -EFAULT);
  EXPECT_EQ(queue.MessageCount(), 0u);
}

class ReceiveCopy : public testing::Test {
 protected:
  void SetUp() override {
    const TestQueue queue;
    if (ReceiveOne(queue.Id(), 1, 0, MSG_COPY) == -ENOSYS) GTEST_SKIP() << "this kernel has no MSG_COPY";
  }
};

TEST_F(ReceiveCopy, LeavesTheMessageAndCountsFromZero) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "first"), 0);
  ASSERT_EQ(queue.SendText(2, "second"), 0);
  EXPECT_EQ(queue.ReceiveText(0, MSG_COPY), "first");
  EXPECT_EQ(queue.ReceiveText(1, MSG_COPY), "second");
  EXPECT_EQ(queue.MessageCount(), 2u);
  EXPECT_EQ(queue.Status().msg_lrpid, 0);
}

TEST_F(ReceiveCopy, FailsWithEnomsgBeyondTheLast) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "first"), 0);
  EXPECT_EQ(ReceiveOne(queue.Id(), 10, 1, MSG_COPY), -ENOMSG);
  EXPECT_EQ(ReceiveOne(queue.Id(), 10, -1, MSG_COPY), -ENOMSG);
}

TEST_F(ReceiveCopy, FailsWithE2bigForALongerMessageAndWithEinvalToCutIt) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "first"), 0);
  EXPECT_EQ(ReceiveOne(queue.Id(), 4, 0, MSG_COPY), -E2BIG);
  EXPECT_EQ(ReceiveOne(queue.Id(), 4, 0, MSG_COPY | MSG_NOERROR), -EINVAL);
}

TEST_F(ReceiveCopy, FailsWithEinvalForAMessageThatIsLongerThanMsgmaxIsNow) {
  const TestQueue queue;
  ASSERT_EQ(SendOne(queue.Id(), 1, 101), 0);
  const ChangedLimit limit("msgmax", 100);
  EXPECT_EQ(ReceiveOne(queue.Id(), 101, 0, MSG_COPY), -EINVAL);
}

TEST_F(ReceiveCopy, FailsWithEinvalWithoutIpcNowaitOrWithMsgExcept) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "first"), 0);
  Message received(10);
  EXPECT_EQ(Receive(queue.Id(), received.Buffer(), 10, 0, MSG_COPY), -EINVAL);
  EXPECT_EQ(ReceiveOne(queue.Id(), 10, 0, MSG_COPY | MSG_EXCEPT), -EINVAL);
}

TEST_F(ReceiveCopy, FailsWithEfaultAndLosesNothingWhereItCannotWrite) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "first"), 0);
  EXPECT_EQ(Receive(queue.Id(), nullptr, 10, 0, MSG_COPY | IPC_NOWAIT), -EFAULT);
  EXPECT_EQ(queue.MessageCount(), 1u);
}

}  // namespace

}  // namespace sysvmq
