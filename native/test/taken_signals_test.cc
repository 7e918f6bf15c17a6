// Another library that resets or takes the signals with which our threads are brought back.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "../core/interval_signal.h"
#include "../core/sender.h"
#include "../core/waiter.h"
#include "child_process.h"
#include "event_log.h"
#include "our_threads.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

void SetDisposition(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  EXPECT_EQ(sigaction(signal_number, &action, nullptr), 0);
}

int hits = 0;
void CountHit(int) { hits++; }

void TakeEverySignal() {
  SetDisposition(SIGURG, CountHit);
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++) SetDisposition(number, CountHit);
}

// Cancels a receive and a send after `meanwhile`, which happens while both threads are in the kernel, and again.
void GivesUpAfter(const std::function<void()>& meanwhile) {
  InChildProcess([&] {
    hits = 0;
    EventLog log;
    const TestQueue empty;
    const TestQueue full;
    full.FillButFor(0);
    OwnedSubscription subscription = Subscribe(empty.Id(), 0, 0, EventLog::OnReadiness, &log, 1);
    OwnedSender sender = OpenSender(full.Id(), EventLog::OnSent, &log, 2);
    Message message(1, "x");
    for (size_t round = 1; round <= 2; round++) {
      EXPECT_TRUE(Arm(subscription.get()));
      EXPECT_TRUE(StartSend(sender.get(), message.Buffer(), 1));
      if (round == 1) {
        EXPECT_TRUE(Until("both wait", [] {
          return ThreadsBlockedIn("sysvmq-recv", SYS_msgrcv, 1) && ThreadsBlockedIn("sysvmq-send", SYS_msgsnd, 1);
        }));
        meanwhile();
      }
      EXPECT_TRUE(Disarm(subscription.get()));
      CancelSend(sender.get());
      EXPECT_TRUE(log.Await(round));
      EXPECT_EQ(log.At(round - 1).result, -ECANCELED);
      EXPECT_TRUE(Until("it has left", [] { return ThreadsBlockedIn("sysvmq-recv", SYS_msgrcv, 0); }));
    }
    // And they still do what they are there for.
    EXPECT_TRUE(Arm(subscription.get()));
    empty.SendText(1, "hello");
    EXPECT_TRUE(log.Await(3));
    EXPECT_EQ(log.At(2).result, -E2BIG);
    EXPECT_EQ(hits, 0) << "no handler of others has run";
    subscription.reset();
    sender.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-recv"));
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-send"));
  });
}

TEST(TakenSignals, NothingIsTaken) {
  GivesUpAfter([] {});
}

TEST(TakenSignals, TheSignalIsReset) {
  GivesUpAfter([] { SetDisposition(AcquireWakeSignal(), SIG_DFL); });
}

TEST(TakenSignals, TheSignalIsIgnored) {
  GivesUpAfter([] { SetDisposition(AcquireWakeSignal(), SIG_IGN); });
}

TEST(TakenSignals, TheSpareIsReset) {
  GivesUpAfter([] { SetDisposition(AcquireWakeSignal(AcquireWakeSignal()), SIG_DFL); });
}

TEST(TakenSignals, TheSpareTakesTheSignalsPlace) {
  GivesUpAfter([] { SetDisposition(AcquireWakeSignal(), CountHit); });
}

// An armed waiter then polls, and rests in between.
TEST(TakenSignals, ThereIsNoneFromTheBeginning) {
  InChildProcess([] {
    TakeEverySignal();
    EventLog log;
    const TestQueue empty;
    const TestQueue full;
    full.FillButFor(0);
    OwnedSubscription subscription = Subscribe(empty.Id(), 0, 0, EventLog::OnReadiness, &log, 1);
    OwnedSender sender = OpenSender(full.Id(), EventLog::OnSent, &log, 2);
    Message message(1, "x");
    EXPECT_TRUE(StartSend(sender.get(), message.Buffer(), 1));
    CancelSend(sender.get());
    EXPECT_TRUE(log.Await(1));
    EXPECT_EQ(log.At(0).result, -ECANCELED);
    EXPECT_TRUE(Arm(subscription.get()));
    EXPECT_TRUE(Disarm(subscription.get()));
    EXPECT_TRUE(Arm(subscription.get()));
    empty.SendText(1, "hello");
    EXPECT_TRUE(log.Await(2));
    EXPECT_EQ(log.At(1).result, -E2BIG);
    EXPECT_TRUE(StartSend(sender.get(), message.Buffer(), 1));
    while (full.ReceiveText().has_value()) continue;
    EXPECT_TRUE(log.Await(3));
    EXPECT_EQ(log.At(2).result, 0);
    EXPECT_EQ(hits, 0);
    subscription.reset();
    sender.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-recv"));
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-send"));
  });
}

// RLIMIT_SIGPENDING counts timers.
TEST(TakenSignals, ThereIsNoTimer) {
  InChildProcess([] {
    const rlimit none = {0, 0};
    ASSERT_EQ(setrlimit(RLIMIT_SIGPENDING, &none), 0);
    EventLog log;
    const TestQueue empty;
    const TestQueue full;
    full.FillButFor(0);
    OwnedSubscription subscription = Subscribe(empty.Id(), 0, 0, EventLog::OnReadiness, &log, 1);
    OwnedSender sender = OpenSender(full.Id(), EventLog::OnSent, &log, 2);
    Message message(1, "x");
    EXPECT_TRUE(StartSend(sender.get(), message.Buffer(), 1));
    CancelSend(sender.get());
    EXPECT_TRUE(log.Await(1));
    EXPECT_TRUE(Arm(subscription.get()));
    EXPECT_TRUE(Disarm(subscription.get()));
    EXPECT_TRUE(Arm(subscription.get()));
    empty.SendText(1, "hello");
    EXPECT_TRUE(log.Await(2));
    subscription.reset();
    sender.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-recv"));
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-send"));
  });
}

}  // namespace

}  // namespace sysvmq
