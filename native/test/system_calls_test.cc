// Queues: GetQueue, ReadStatus, ReadInfo, SetStatus, RemoveQueue. Their messages are in send_receive_test.cc.
#include "../core/system_calls.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "child_process.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

constexpr int kUnknownCommand = 99;

// A queue with a key, which goes at the end.
class KeyedQueue {
 public:
  explicit KeyedQueue(int mode) : key_(FreshKey()), id_(GetQueue(key_, IPC_CREAT | IPC_EXCL | mode)) {
    EXPECT_GE(id_, 0);
  }
  ~KeyedQueue() { RemoveQueue(id_); }
  KeyedQueue(const KeyedQueue&) = delete;
  KeyedQueue& operator=(const KeyedQueue&) = delete;

  key_t Key() const { return key_; }
  int Id() const { return id_; }

 private:
  key_t key_;
  int id_;
};

TEST(GetQueue, FindsTheQueueThatItMadeByItsKey) {
  const KeyedQueue queue(0600);
  EXPECT_EQ(GetQueue(queue.Key(), 0), queue.Id());
  EXPECT_EQ(GetQueue(queue.Key(), IPC_CREAT | 0600), queue.Id());
}

TEST(GetQueue, MakesANewQueueForIpcPrivateEachTime) {
  const TestQueue first;
  const TestQueue second;
  EXPECT_NE(first.Id(), second.Id());
}

TEST(GetQueue, TakesNegativeKeys) {
  const key_t key = -FreshKey();
  const int id = GetQueue(key, IPC_CREAT | IPC_EXCL | 0600);
  ASSERT_GE(id, 0);
  EXPECT_EQ(GetQueue(key, 0), id);
  EXPECT_EQ(RemoveQueue(id), 0);
}

TEST(GetQueue, FailsWithEexistWhenTheKeyIsTaken) {
  const KeyedQueue queue(0600);
  EXPECT_EQ(GetQueue(queue.Key(), IPC_CREAT | IPC_EXCL | 0600), -EEXIST);
}

TEST(GetQueue, FailsWithEnoentWhenThereIsNone) {
  EXPECT_EQ(GetQueue(FreshKey(), 0), -ENOENT);
  EXPECT_EQ(GetQueue(FreshKey(), IPC_EXCL), -ENOENT) << "IPC_EXCL alone means nothing";
}

TEST(GetQueue, FailsWithEnospcAtMsgmni) {
  const KeyedQueue queue(0600);
  const ChangedLimit limit("msgmni", 1);
  EXPECT_EQ(GetQueue(IPC_PRIVATE, IPC_CREAT | 0600), -ENOSPC);
  EXPECT_EQ(GetQueue(queue.Key(), IPC_CREAT | 0600), queue.Id()) << "opening one still works";
}

TEST(GetQueue, FailsWithEaccesForBitsThatTheOwnerDoesNotHave) {
  WithoutCapabilities([] {
    const KeyedQueue queue(0600);
    EXPECT_EQ(GetQueue(queue.Key(), 0600), queue.Id());
    EXPECT_EQ(GetQueue(queue.Key(), 0700), -EACCES) << "execute bits are never granted";
    const KeyedQueue others(0066);
    EXPECT_EQ(GetQueue(others.Key(), 0600), -EACCES) << "the owner's class decides, though others may";
    EXPECT_EQ(GetQueue(others.Key(), 0), others.Id()) << "without bits nothing is asked for";
    EXPECT_EQ(GetQueue(others.Key(), IPC_CREAT | IPC_EXCL | 0600), -EEXIST) << "EEXIST comes first";
  });
}

TEST(ReadStatus, TellsWhatTheKernelKeeps) {
  const time_t before = time(nullptr);
  const KeyedQueue queue(0640);
  Message message(1, "hello");
  ASSERT_EQ(Send(queue.Id(), message.Buffer(), 5, 0), 0);
  msqid_ds status = {};
  ASSERT_EQ(ReadStatus(queue.Id(), IPC_STAT, &status), 0);
  EXPECT_EQ(status.msg_perm.__key, queue.Key());
  EXPECT_EQ(status.msg_perm.uid, geteuid());
  EXPECT_EQ(status.msg_perm.gid, getegid());
  EXPECT_EQ(status.msg_perm.cuid, geteuid());
  EXPECT_EQ(status.msg_perm.cgid, getegid());
  EXPECT_EQ(status.msg_perm.mode, 0640u);
  EXPECT_EQ(status.__msg_cbytes, 5u);
  EXPECT_EQ(status.msg_qnum, 1u);
  EXPECT_EQ(status.msg_qbytes, static_cast<msglen_t>(ReadLimit("msgmnb")));
  EXPECT_EQ(status.msg_lspid, getpid());
  EXPECT_EQ(status.msg_lrpid, 0);
  EXPECT_GE(status.msg_stime, before);
  EXPECT_EQ(status.msg_rtime, 0);
  EXPECT_GE(status.msg_ctime, before);
}

TEST(ReadStatus, ReturnsTheIdOfTheQueueAtAnIndex) {
  const TestQueue queue;
  const int index = queue.Id() & 0x7fff;
  msqid_ds status = {};
  EXPECT_EQ(ReadStatus(index, MSG_STAT, &status), queue.Id());
  EXPECT_EQ(status.msg_perm.mode, 0600u);
  EXPECT_EQ(ReadStatus(index, MSG_STAT_ANY, &status), queue.Id());
}

TEST(ReadStatus, FailsWithEinvalWithoutAQueueOrWithAnUnknownCommand) {
  const TestQueue queue;
  msqid_ds status = {};
  EXPECT_EQ(ReadStatus(-1, IPC_STAT, &status), -EINVAL);
  EXPECT_EQ(ReadStatus(kNoSuchQueue, IPC_STAT, &status), -EINVAL);
  EXPECT_EQ(ReadStatus(RemovedQueue(), IPC_STAT, &status), -EINVAL);
  EXPECT_EQ(ReadStatus((queue.Id() & 0x7fff) + 1, MSG_STAT, &status), -EINVAL) << "an empty slot";
  EXPECT_EQ(ReadStatus((queue.Id() & 0x7fff) + 1, MSG_STAT_ANY, &status), -EINVAL);
  EXPECT_EQ(ReadStatus(queue.Id(), kUnknownCommand, &status), -EINVAL);
  EXPECT_EQ(ReadStatus(queue.Id(), -1, &status), -EINVAL);
}

TEST(ReadStatus, FailsWithEaccesWithoutReadPermissionButForMsgStatAny) {
  WithoutCapabilities([] {
    const TestQueue queue(0200);
    msqid_ds status = {};
    EXPECT_EQ(ReadStatus(queue.Id(), IPC_STAT, &status), -EACCES);
    EXPECT_EQ(ReadStatus(queue.Id() & 0x7fff, MSG_STAT, &status), -EACCES);
    EXPECT_EQ(ReadStatus(queue.Id() & 0x7fff, MSG_STAT_ANY, &status), queue.Id());
  });
}

TEST(ReadStatus, FailsWithEfaultWithoutMemory) {
  const TestQueue queue;
  EXPECT_EQ(ReadStatus(queue.Id(), IPC_STAT, nullptr), -EFAULT);
}

TEST(ReadInfo, TellsTheLimits) {
  const ChangedLimit changed("msgmax", 4000);
  msginfo info = {};
  EXPECT_GE(ReadInfo(IPC_INFO, &info), 0);
  EXPECT_EQ(info.msgmax, 4000);
  EXPECT_EQ(info.msgmnb, ReadLimit("msgmnb"));
  EXPECT_EQ(info.msgmni, ReadLimit("msgmni"));
}

TEST(ReadInfo, CountsQueuesMessagesAndBytesAndReturnsTheHighestIndex) {
  const TestQueue first;
  const TestQueue second;
  ASSERT_EQ(first.SendText(1, "abc"), 0);
  ASSERT_EQ(second.SendText(1, "de"), 0);
  msginfo info = {};
  EXPECT_EQ(ReadInfo(MSG_INFO, &info), second.Id() & 0x7fff);
  EXPECT_EQ(info.msgpool, 2);
  EXPECT_EQ(info.msgmap, 2);
  EXPECT_EQ(info.msgtql, 5);
}

TEST(ReadInfo, FailsWithEfaultWithoutMemory) {
  EXPECT_EQ(ReadInfo(IPC_INFO, nullptr), -EFAULT);
  EXPECT_EQ(ReadInfo(MSG_INFO, nullptr), -EFAULT);
}

TEST(SetStatus, SetsOwnerModeAndBytes) {
  const TestQueue queue;
  ASSERT_EQ(SetStatus(queue.Id(), getuid(), getgid(), 0664, 1234), 0);
  const msqid_ds status = queue.Status();
  EXPECT_EQ(status.msg_perm.mode, 0664u);
  EXPECT_EQ(status.msg_qbytes, 1234u);
}

TEST(SetStatus, GivesTheQueueToAnotherUser) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "it takes root of the initial user namespace to know another user";
  const TestQueue queue;
  ASSERT_EQ(SetStatus(queue.Id(), 1234, 5678, 0600, 100), 0);
  const ipc_perm permissions = queue.Status().msg_perm;
  EXPECT_EQ(permissions.uid, 1234u);
  EXPECT_EQ(permissions.gid, 5678u);
  EXPECT_EQ(permissions.cuid, geteuid()) << "the creator stays";
}

// Reading, changing and writing back would fail here: the mode takes away the permission to read.
TEST(SetStatus, NeedsNoReadPermission) {
  WithoutCapabilities([] {
    const TestQueue queue(0);
    EXPECT_EQ(SetStatus(queue.Id(), getuid(), getgid(), 0600, 100), 0);
    EXPECT_EQ(queue.Status().msg_qbytes, 100u);
  });
}

TEST(SetStatus, FailsWithEinvalWithoutAQueueOrWithAnIdThatNobodyCanHave) {
  EXPECT_EQ(SetStatus(-1, getuid(), getgid(), 0600, 100), -EINVAL);
  EXPECT_EQ(SetStatus(RemovedQueue(), getuid(), getgid(), 0600, 100), -EINVAL);
  const TestQueue queue;
  EXPECT_EQ(SetStatus(queue.Id(), static_cast<uid_t>(-1), getgid(), 0600, 100), -EINVAL);
  EXPECT_EQ(SetStatus(queue.Id(), getuid(), static_cast<gid_t>(-1), 0600, 100), -EINVAL);
}

TEST(SetStatus, FailsWithEpermAboveMsgmnb) {
  WithoutCapabilities([] {
    const TestQueue queue;
    const auto most = static_cast<uint64_t>(ReadLimit("msgmnb"));
    EXPECT_EQ(SetStatus(queue.Id(), getuid(), getgid(), 0600, most), 0);
    EXPECT_EQ(SetStatus(queue.Id(), getuid(), getgid(), 0600, most + 1), -EPERM);
  });
}

TEST(SetStatus, FailsWithEpermForAnotherUser) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "it takes root of the initial user namespace to become another user";
  const TestQueue queue(0666);
  AsNobody([&queue] { EXPECT_EQ(SetStatus(queue.Id(), getuid(), getgid(), 0600, 100), -EPERM); });
}

TEST(RemoveQueue, RemovesTheQueueAndItsMessages) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(RemoveQueue(queue.Id()), 0);
  EXPECT_TRUE(QueueIds().empty());
}

TEST(RemoveQueue, FailsWithEinvalWithoutAQueue) {
  EXPECT_EQ(RemoveQueue(-1), -EINVAL);
  EXPECT_EQ(RemoveQueue(kNoSuchQueue), -EINVAL);
  EXPECT_EQ(RemoveQueue(RemovedQueue()), -EINVAL);
}

TEST(RemoveQueue, FailsWithEpermForAnotherUser) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "it takes root of the initial user namespace to become another user";
  const TestQueue queue(0666);
  AsNobody([&queue] { EXPECT_EQ(RemoveQueue(queue.Id()), -EPERM); });
}

}  // namespace

}  // namespace sysvmq
