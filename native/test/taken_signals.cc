#include "taken_signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace sysvmq {

namespace {

volatile sig_atomic_t count = 0;
void CountIt(int) { count = count + 1; }

}  // namespace

void SetDisposition(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  EXPECT_EQ(sigaction(signal_number, &action, nullptr), 0);
}

void TakeSignal(int signal_number) { SetDisposition(signal_number, CountIt); }

void TakeEverySignal() {
  TakeSignal(SIGURG);
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++) TakeSignal(number);
}

int TakenSignalCount() { return count; }

}  // namespace sysvmq
