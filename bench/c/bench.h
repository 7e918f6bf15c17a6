/* What the C programs of the benchmark share: payloads, the clock, checks and the protocol with the harness. */
#ifndef SYSVMQ_BENCH_H
#define SYSVMQ_BENCH_H

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMaxBytes = 65536, kPayloads = 16, kBatch = 100 };

struct message {
  long type;
  char text[kMaxBytes];
};

static inline int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Ends the program with the words of errno, when a call that must not fail has failed. */
static inline void check(int fine, const char *what) {
  if (fine) return;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

/* Sixteen messages whose texts differ; every contender sends the same ones in turn. */
static inline void fill_payloads(struct message *messages, size_t bytes) {
  for (int i = 0; i < kPayloads; i++) {
    messages[i].type = 1;
    memset(messages[i].text, 'a' + i, bytes);
  }
}

static inline int new_queue(void) {
  int id = msgget(IPC_PRIVATE, 0600);
  check(id >= 0, "msgget");
  return id;
}

/* A process beside this one, which ends when this one ends. */
static inline int fork_partner(void) {
  pid_t parent = getpid();
  pid_t pid = fork();
  check(pid >= 0, "fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
  }
  return pid;
}

#endif
