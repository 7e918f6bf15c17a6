// Another library that resets or takes the signals with which our threads are brought back. The dispositions stay, so
// only a forked process may call these (InChildProcess).
#pragma once

namespace sysvmq {

void SetDisposition(int signal_number, void (*handler)(int));

// Gives a signal, or every signal that our threads could use, a handler that counts.
void TakeSignal(int signal_number);
void TakeEverySignal();

// How often these handlers have run.
int TakenSignalCount();

}  // namespace sysvmq
