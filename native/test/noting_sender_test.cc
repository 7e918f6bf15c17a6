// A thread that sends messages and notes each in a file.
#include "../core/noting_sender.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "airlock_scene.h"
#include "child_process.h"
#include "event_log.h"
#include "our_threads.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

const char* const kName = "sysvmq-note";
constexpr size_t kFileBytes = 4096;
// Longer than any test takes, on any machine.
constexpr int64_t kLongTurnMs = 3'600'000;
constexpr uint64_t kLastOffset = kFileBytes - sizeof(uint64_t);

using Stores = std::vector<std::pair<uint64_t, uint64_t>>;

class Batch {
 public:
  void Add(std::string_view text, const Stores& stores, int64_t type = 1) {
    AddWord(text.size());
    AddWord(static_cast<uint64_t>(type));
    bytes_.append(text);
    bytes_.append((8 - text.size() % 8) % 8, '\0');
    AddWord(stores.size());
    for (const auto& [at, value] : stores) {
      AddWord(at);
      AddWord(value);
    }
    count_++;
  }
  void AddWord(uint64_t word) { bytes_.append(reinterpret_cast<const char*>(&word), sizeof(word)); }

  Result StartWith(NotingSender* sender, int32_t count) const {
    return StartNotedBatch(sender, bytes_.data(), bytes_.size(), count);
  }
  Result Start(NotingSender* sender) const { return StartWith(sender, count_); }
  // Without its last bytes.
  Result StartShortened(NotingSender* sender, size_t by) const {
    return StartNotedBatch(sender, bytes_.data(), bytes_.size() - by, count_);
  }
  size_t Bytes() const { return bytes_.size(); }

 private:
  std::string bytes_;
  int32_t count_ = 0;
};

class NoteFile {
 public:
  NoteFile() : path_(std::string(folder_.Path()) + "/note") {
    const int file = open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    EXPECT_EQ(ftruncate(file, kFileBytes), 0);
    close(file);
  }
  const char* Path() const { return path_.c_str(); }
  uint64_t Word(uint64_t at) const {
    uint64_t word = 0;
    const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(pread(file, &word, sizeof(word), static_cast<off_t>(at)), static_cast<ssize_t>(sizeof(word)));
    close(file);
    return word;
  }

 private:
  const StateFolder folder_;
  const std::string path_;
};

void AwaitBlocked() {
  EXPECT_TRUE(Until("the sender blocks", [] { return ThreadsBlockedIn(kName, SYS_msgsnd, 1); }));
}

class NotingSenders : public testing::Test {
 protected:
  void SetUp() override { Open(kLongTurnMs); }
  void Open(int64_t turn_ms) {
    ASSERT_EQ(OpenNotingSender(queue_.Id(), file_.Path(), kFileBytes, EventLog::OnSent, &log_, 5, &sender_, turn_ms),
              0);
  }
  void TearDown() override {
    sender_.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  }

  void StartAndBlock(const Batch& batch) {
    EXPECT_EQ(batch.Start(sender_.get()), 0);
    AwaitBlocked();
  }
  void StartOne(std::string_view text) {
    Batch batch;
    batch.Add(text, {{0, 1}});
    StartAndBlock(batch);
  }
  // Of type 2: "first", which notes 1, and "second", which notes 2.
  void StartTwo() {
    Batch batch;
    batch.Add("first", {{0, 1}}, 2);
    batch.Add("second", {{0, 2}}, 2);
    StartAndBlock(batch);
  }

  const TestQueue queue_;
  const NoteFile file_;
  EventLog log_;
  OwnedNotingSender sender_;
};

TEST_F(NotingSenders, SendsInOrderAndMakesTheStores) {
  Batch batch;
  batch.Add("one", {{0, 1}}, int64_t{1} << 40);
  batch.Add("", {});
  batch.Add("longer than a word", {{0, 3}, {8, 7}, {kLastOffset, std::numeric_limits<uint64_t>::max()}, {8, 9}});
  ASSERT_EQ(batch.Start(sender_.get()), 0);
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).token, 5);
  EXPECT_EQ(log_.At(0).result, 3);
  EXPECT_EQ(queue_.ReceiveText(int64_t{1} << 40), "one");
  EXPECT_EQ(queue_.ReceiveText(), "");
  EXPECT_EQ(queue_.ReceiveText(), "longer than a word");
  EXPECT_EQ(file_.Word(0), 3u);
  EXPECT_EQ(file_.Word(8), 9u) << "the stores of a message are made in order";
  EXPECT_EQ(file_.Word(kLastOffset), std::numeric_limits<uint64_t>::max());
}

TEST_F(NotingSenders, NotesAMessageOnlyWhenTheQueueHasIt) {
  queue_.FillButFor(5);
  StartTwo();
  EXPECT_EQ(file_.Word(0), 1u);
  EXPECT_EQ(log_.Count(), 0u);
  while (log_.Count() == 0 && queue_.ReceiveText(1).has_value()) continue;
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, 2);
  EXPECT_EQ(file_.Word(0), 2u);
}

// A receiver that takes its time gets the first message; the others are for another batch.
TEST_F(NotingSenders, EndsItsTurnAfterSomeMilliseconds) {
  Open(kTurnMs);
  queue_.FillButFor(0);
  StartTwo();
  const timespec longer_than_a_turn = {0, 20'000'000};
  nanosleep(&longer_than_a_turn, nullptr);
  while (queue_.ReceiveText(1).has_value()) continue;
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, 1);
  EXPECT_EQ(file_.Word(0), 1u);
  EXPECT_EQ(queue_.MessageCount(), 1u);
}

TEST_F(NotingSenders, CancelledItSaysHowManyWentIn) {
  queue_.FillButFor(5);
  StartTwo();
  Batch third;
  third.Add("third", {{0, 3}}, 2);
  EXPECT_EQ(third.Start(sender_.get()), -EAGAIN) << "one batch at a time";
  CancelNotedBatch(sender_.get());
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, 1);
  EXPECT_EQ(file_.Word(0), 1u);

  ASSERT_EQ(third.Start(sender_.get()), 0) << "another batch may follow";
  AwaitBlocked();
  CancelNotedBatch(sender_.get());
  ASSERT_TRUE(log_.Await(2));
  EXPECT_EQ(log_.At(1).result, -ECANCELED);
  EXPECT_EQ(file_.Word(0), 1u);
}

TEST_F(NotingSenders, SaysThatTheQueueWasRemoved) {
  queue_.FillButFor(0);
  StartOne("never");
  queue_.Remove();
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -EIDRM);
  EXPECT_EQ(file_.Word(0), 0u);
}

TEST_F(NotingSenders, SaysThatTheMessageCanNeverFitAnyMore) {
  queue_.FillButFor(0);
  StartOne("ten bytes!");
  queue_.SetMaxBytes(9);
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -EMSGSIZE);
}

TEST_F(NotingSenders, TellsNothingAfterItWasClosed) {
  queue_.FillButFor(5);
  StartTwo();
  sender_.reset();
  EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  EXPECT_EQ(log_.Count(), 0u);
  EXPECT_EQ(file_.Word(0), 1u);
}

TEST_F(NotingSenders, WhatIsNoBatchIsRefused) {
  NotingSender* const sender = sender_.get();
  Batch good;
  good.Add("text", {{0, 1}});
  EXPECT_EQ(good.StartWith(sender, 0), -EINVAL);
  EXPECT_EQ(good.StartWith(sender, -1), -EINVAL);
  EXPECT_EQ(good.StartWith(sender, 2), -EFAULT);
  for (size_t by = 1; by <= good.Bytes(); by++) EXPECT_EQ(good.StartShortened(sender, by), -EFAULT) << by;
  for (const uint64_t at :
       {uint64_t{4}, uint64_t{kFileBytes}, kLastOffset + 1, std::numeric_limits<uint64_t>::max() - 7}) {
    Batch outside;
    outside.Add("text", {{at, 1}});
    EXPECT_EQ(outside.Start(sender), -EFAULT) << at;
  }
  for (const uint64_t length :
       {uint64_t{17}, std::numeric_limits<uint64_t>::max(), std::numeric_limits<uint64_t>::max() - 16}) {
    Batch too_long;
    for (const uint64_t word : {length, uint64_t{1}, uint64_t{0}, uint64_t{0}}) too_long.AddWord(word);
    EXPECT_EQ(too_long.StartWith(sender, 1), -EFAULT) << length;
  }
  Batch too_many_stores;
  for (const uint64_t word : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 60}) too_many_stores.AddWord(word);
  EXPECT_EQ(too_many_stores.StartWith(sender, 1), -EFAULT);
  EXPECT_EQ(queue_.MessageCount(), 0u);
  EXPECT_EQ(log_.Count(), 0u);
}

TEST(NotingSenderFile, ThatCannotBeMappedIsRefused) {
  const NoteFile file;
  OwnedNotingSender sender;
  EXPECT_EQ(OpenNotingSender(0, "/dev/shm/no-such-file", 8, nullptr, nullptr, 0, &sender), -ENOENT);
  EXPECT_EQ(OpenNotingSender(0, file.Path(), kFileBytes + 1, nullptr, nullptr, 0, &sender), -EBADMSG);
  EXPECT_EQ(sender, nullptr);
}

TEST(NotingSenderWithoutRights, SaysThatItHasNoThread) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "it takes another user, whom the limit on processes holds for";
  AsNobody([] {
    const TestQueue queue;
    const NoteFile file;
    EventLog log;
    OwnedNotingSender sender;
    ASSERT_EQ(OpenNotingSender(queue.Id(), file.Path(), kFileBytes, EventLog::OnSent, &log, 5, &sender), 0);
    Batch batch;
    batch.Add("hello", {{0, 1}});
    {
      const NoMoreThreads limit;
      EXPECT_EQ(batch.Start(sender.get()), -EAGAIN);
    }
    EXPECT_EQ(batch.Start(sender.get()), 0) << "it can be sent later";
    EXPECT_TRUE(log.Await(1));
    sender.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
    EXPECT_EQ(queue.ReceiveText(), "hello");
  });
}

// Sends numbered messages from the first on that the file does not have, a few at a time.
void SendNumbers(const TestQueue& queue, const NoteFile& file) {
  EventLog log;
  OwnedNotingSender sender;
  if (OpenNotingSender(queue.Id(), file.Path(), kFileBytes, EventLog::OnSent, &log, 5, &sender) != 0) return;
  uint64_t next = file.Word(0) + 1;
  for (size_t batches = 1;; batches++) {
    Batch batch;
    for (uint64_t number = next; number < next + 8; number++) batch.Add(std::to_string(number), {{0, number}});
    if (batch.Start(sender.get()) != 0 || !log.Await(batches) || log.At(batches - 1).result < 1) return;
    next += static_cast<uint64_t>(log.At(batches - 1).result);
  }
}

TEST(NotingSenderKills, TheFileLacksAtMostTheLastMessage) {
  const TestQueue queue;
  const NoteFile file;
  queue.SetMaxBytes(64);
  uint64_t received = 0;
  int twice = 0;
  const int kills = KillCount(150);
  for (int kill = 0; kill < kills; kill++) {
    const uint64_t goal = received + 1 + static_cast<uint64_t>(kill % 29);
    const pid_t child = Fork([&] { SendNumbers(queue, file); });
    for (bool killed = false;;) {
      const auto text = queue.ReceiveText();
      if (!text.has_value()) {
        if (killed) break;
        continue;
      }
      const uint64_t number = std::stoull(*text);
      if (number == received && received > 0) {
        twice++;
      } else {
        ASSERT_EQ(number, received + 1) << "the messages come in order, and none is lost";
        received = number;
      }
      if (received >= goal && !killed) {
        KillAndReap(child);
        killed = true;
      }
    }
    const uint64_t noted = file.Word(0);
    ASSERT_LE(noted, received);
    ASSERT_GE(noted + 1, received) << "at most one message is not noted";
  }
  EXPECT_LE(twice, kills);
}

}  // namespace

}  // namespace sysvmq
