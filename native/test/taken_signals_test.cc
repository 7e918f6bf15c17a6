// How our threads are brought back where another library resets or takes their signals.
#include "taken_signals.h"

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

// A receive and a send that have to wait, each on a thread of ours. The destructor awaits the end of both threads.
struct TwoWaits {
  TwoWaits() {
    full.FillButFor(0);
    subscription = Subscribe(empty.Id(), 0, 0, EventLog::OnReadiness, &log, 1);
    sender = OpenSender(full.Id(), EventLog::OnSent, &log, 2);
  }
  ~TwoWaits() {
    subscription.reset();
    sender.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-recv"));
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-send"));
  }
  TwoWaits(const TwoWaits&) = delete;
  TwoWaits& operator=(const TwoWaits&) = delete;

  void Send() {
    Message message(1, "x");
    EXPECT_TRUE(StartSend(sender.get(), message.Buffer(), 1));
  }
  void ExpectEvent(size_t number, Result result) {
    EXPECT_TRUE(log.Await(number));
    EXPECT_EQ(log.At(number - 1).result, result);
  }

  EventLog log;
  const TestQueue empty;
  const TestQueue full;
  OwnedSubscription subscription;
  OwnedSender sender;
};

// Cancels a receive and a send after `meanwhile`, which happens while both threads are in the kernel, and again.
void GivesUpAfter(const std::function<void()>& meanwhile) {
  InChildProcess([&] {
    TwoWaits waits;
    for (size_t round = 1; round <= 2; round++) {
      EXPECT_TRUE(Arm(waits.subscription.get()));
      waits.Send();
      if (round == 1) {
        EXPECT_TRUE(Until("both wait", [] {
          return ThreadsBlockedIn("sysvmq-recv", SYS_msgrcv, 1) && ThreadsBlockedIn("sysvmq-send", SYS_msgsnd, 1);
        }));
        meanwhile();
      }
      EXPECT_TRUE(Disarm(waits.subscription.get()));
      CancelSend(waits.sender.get());
      waits.ExpectEvent(round, -ECANCELED);
      EXPECT_TRUE(Until("it has left", [] { return ThreadsBlockedIn("sysvmq-recv", SYS_msgrcv, 0); }));
    }
    // And they still do what they are there for.
    EXPECT_TRUE(Arm(waits.subscription.get()));
    waits.empty.SendText(1, "hello");
    waits.ExpectEvent(3, -E2BIG);
    EXPECT_EQ(TakenSignalCount(), 0) << "no handler of others has run";
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
  GivesUpAfter([] { TakeSignal(AcquireWakeSignal()); });
}

// Where nothing brings a thread back from the kernel, it polls, and rests in between.
void DoesItsWork(TwoWaits* waits) {
  waits->Send();
  CancelSend(waits->sender.get());
  waits->ExpectEvent(1, -ECANCELED);
  EXPECT_TRUE(Arm(waits->subscription.get()));
  EXPECT_TRUE(Disarm(waits->subscription.get()));
  EXPECT_TRUE(Arm(waits->subscription.get()));
  waits->empty.SendText(1, "hello");
  waits->ExpectEvent(2, -E2BIG);
  waits->Send();
  while (waits->full.ReceiveText().has_value()) continue;
  waits->ExpectEvent(3, 0);
}

TEST(TakenSignals, ThereIsNoneFromTheBeginning) {
  InChildProcess([] {
    TakeEverySignal();
    TwoWaits waits;
    DoesItsWork(&waits);
    EXPECT_EQ(TakenSignalCount(), 0);
  });
}

// RLIMIT_SIGPENDING counts timers.
TEST(TakenSignals, ThereIsNoTimer) {
  InChildProcess([] {
    const rlimit none = {0, 0};
    ASSERT_EQ(setrlimit(RLIMIT_SIGPENDING, &none), 0);
    TwoWaits waits;
    DoesItsWork(&waits);
  });
}

}  // namespace

}  // namespace sysvmq
