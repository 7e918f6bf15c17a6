// A thread for one job at a time: when it starts, rests, ends, and which of its two owners frees the object.
#include "../core/job_thread.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <vector>

#include "child_process.h"
#include "event_log.h"
#include "our_threads.h"
#include "taken_signals.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

constexpr const char* kName = "sysvmq-test";

struct Counts {
  std::atomic<int> calls{0};
  std::atomic<int> freed{0};
};

// Its job waits until the queue has a message, as the waiters do: msgrcv with room for nothing.
class Watcher : public JobThread<Watcher> {
 public:
  static constexpr const char* kThreadName = kName;

  Watcher(int id, EventLog* log, Counts* counts) : id_(id), log_(log), counts_(counts) {}
  ~Watcher() { counts_->freed++; }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  bool Start() {
    WaitLock lock;
    return StartJob(&lock);
  }
  void CancelIt() {
    const WaitLock lock;
    Cancel();
  }
  // Whether the caller had to free it.
  bool CloseIt() {
    bool last = false;
    {
      const WaitLock lock;
      last = Close();
    }
    if (last) delete this;
    return last;
  }

  void DoJob(WaitLock* lock) {
    const Result result = CallUntilDone(lock, [this](bool may_wait) {
      counts_->calls++;
      MessageBuffer message = {};
      const Result once = Receive(id_, &message, 0, 0, may_wait ? 0 : IPC_NOWAIT);
      return !may_wait && once == -ENOMSG ? -EINTR : once;
    });
    EndJob();
    if (!IsClosed()) EventLog::OnSent(log_, 0, result);
  }

 private:
  const int id_;
  EventLog* log_;
  Counts* counts_;
};

class JobThreads : public testing::Test {
 protected:
  void SetUp() override { watcher_ = new Watcher(queue_.Id(), &log_, &counts_); }
  void TearDown() override {
    EXPECT_TRUE(Until("the object is freed", [this] { return counts_.freed == 1; }));
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  }

  void AwaitBlocked() const {
    EXPECT_TRUE(Until("the thread blocks", [] { return ThreadsBlockedIn(kName, SYS_msgrcv, 1); }));
  }

  const TestQueue queue_;
  EventLog log_;
  Counts counts_;
  Watcher* watcher_ = nullptr;
};

TEST_F(JobThreads, OneThreadDoesJobAfterJobAndRestsBetweenThem) {
  ASSERT_EQ(queue_.SendText(1, "x"), 0);
  ASSERT_TRUE(watcher_->Start());
  ASSERT_TRUE(log_.Await(1));
  const std::vector<int> threads = ThreadsNamed(kName);
  EXPECT_EQ(threads.size(), 1u);
  for (size_t job = 2; job <= 20; job++) {
    ASSERT_TRUE(watcher_->Start());
    ASSERT_TRUE(log_.Await(job));
    EXPECT_EQ(log_.At(job - 1).result, -E2BIG);
  }
  EXPECT_EQ(ThreadsNamed(kName), threads);
  EXPECT_FALSE(watcher_->CloseIt()) << "the thread frees it";
}

TEST_F(JobThreads, AnotherThreadComesAfterTheFirstHasRestedForAWhile) {
  ASSERT_EQ(queue_.SendText(1, "x"), 0);
  ASSERT_TRUE(watcher_->Start());
  ASSERT_TRUE(log_.Await(1));
  EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  EXPECT_EQ(counts_.freed, 0);
  ASSERT_TRUE(watcher_->Start());
  ASSERT_TRUE(log_.Await(2));
  EXPECT_EQ(log_.At(1).result, -E2BIG);
  EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  EXPECT_TRUE(watcher_->CloseIt()) << "no thread is left";
}

TEST_F(JobThreads, ClosedWithoutAJobItIsFreedByItsCloser) { EXPECT_TRUE(watcher_->CloseIt()); }

TEST_F(JobThreads, ClosedInTheKernelItIsFreedByItsThreadAndReportsNothing) {
  ASSERT_TRUE(watcher_->Start());
  AwaitBlocked();
  EXPECT_FALSE(watcher_->CloseIt());
  EXPECT_TRUE(Until("the thread has freed it", [this] { return counts_.freed == 1; }));
  EXPECT_EQ(log_.Count(), 0u);
}

TEST_F(JobThreads, ACancelEndsTheJobThatIsUnderWayAndNotTheNext) {
  watcher_->CancelIt();
  ASSERT_TRUE(watcher_->Start());
  AwaitBlocked();
  EXPECT_EQ(log_.Count(), 0u) << "the cancel came before there was a job";
  watcher_->CancelIt();
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -ECANCELED);
  ASSERT_TRUE(watcher_->Start());
  AwaitBlocked();
  ASSERT_EQ(queue_.SendText(1, "x"), 0);
  ASSERT_TRUE(log_.Await(2));
  EXPECT_EQ(log_.At(1).result, -E2BIG);
  EXPECT_FALSE(watcher_->CloseIt());
}

TEST(JobThread, PollsWhereNoSignalCouldBringItBack) {
  InChildProcess([] {
    TakeEverySignal();
    const TestQueue queue;
    EventLog log;
    Counts counts;
    auto* watcher = new Watcher(queue.Id(), &log, &counts);
    EXPECT_TRUE(watcher->Start());
    EXPECT_TRUE(Until("it has looked again and again", [&] { return counts.calls >= 3; }));
    EXPECT_EQ(log.Count(), 0u);
    watcher->CancelIt();
    EXPECT_TRUE(log.Await(1));
    EXPECT_EQ(log.At(0).result, -ECANCELED);
    EXPECT_TRUE(watcher->Start());
    EXPECT_EQ(queue.SendText(1, "x"), 0);
    EXPECT_TRUE(log.Await(2));
    EXPECT_EQ(log.At(1).result, -E2BIG);
    watcher->CloseIt();
    EXPECT_TRUE(Until("it is freed", [&] { return counts.freed == 1; }));
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  });
}

TEST(JobThread, StartsLaterWhereThereWasNoThread) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "it takes another user, whom the limit on processes holds for";
  AsNobody([] {
    const TestQueue queue;
    EventLog log;
    Counts counts;
    auto* watcher = new Watcher(queue.Id(), &log, &counts);
    EXPECT_EQ(queue.SendText(1, "x"), 0);
    {
      const NoMoreThreads limit;
      EXPECT_FALSE(watcher->Start());
      EXPECT_FALSE(watcher->IsBusy());
    }
    EXPECT_TRUE(watcher->Start());
    EXPECT_TRUE(log.Await(1));
    EXPECT_EQ(log.At(0).result, -E2BIG);
    watcher->CloseIt();
    EXPECT_TRUE(Until("it is freed", [&] { return counts.freed == 1; }));
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  });
}

}  // namespace

}  // namespace sysvmq
