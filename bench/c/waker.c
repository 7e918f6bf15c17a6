/*
 * waker QUEUES COMMAND…: what it costs to wake a process in which many queues wait. Starts the command, which waits for
 * all the queues at once, and sends to one of them at a time, with a pause in which everything comes to rest.
 */
#include "bench.h"

enum { kPauseNs = 200000, kStride = 7919 };

static struct message message = {1, "x"};
static int *queues;
static int queue_count;
static int answers;

static void pause_busily(void) {
  int64_t end = now_ns() + kPauseNs;
  while (now_ns() < end) {
  }
}

/* The ids on a line of the command's standard input; it sends one message when it waits for all of them. */
static void start_waiter(char **command) {
  int ends[2];
  check(pipe(ends) == 0, "pipe");
  if (fork_partner() == 0) {
    dup2(ends[0], STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
  }
  close(ends[0]);
  FILE *ids = fdopen(ends[1], "w");
  fprintf(ids, "%d", answers);
  for (int i = 0; i < queue_count; i++) fprintf(ids, " %d", queues[i]);
  fprintf(ids, "\n");
  fflush(ids); /* Left open: the waiter ends when it is closed. */
}

static void await_answer(void) {
  while (msgrcv(answers, &message, kMaxBytes, 0, IPC_NOWAIT) < 0) {
    int status;
    check(errno == ENOMSG, "msgrcv");
    if (waitpid(-1, &status, WNOHANG) > 0) {
      fprintf(stderr, "the waiting process has ended with status %d\n", status);
      exit(1);
    }
    usleep(1000);
  }
}

static int64_t wakes(size_t bytes, long count) {
  static long turn = 0;
  int64_t elapsed = 0;
  for (long i = 0; i < count; i++, turn++) {
    int queue = queues[(turn * kStride) % queue_count];
    pause_busily();
    int64_t start = now_ns();
    check(msgsnd(queue, &message, bytes, 0) == 0, "msgsnd");
    check(msgrcv(answers, &message, kMaxBytes, 0, 0) == (ssize_t)bytes, "msgrcv");
    elapsed += now_ns() - start;
  }
  return elapsed;
}

int main(int argc, char **argv) {
  char operation[32];
  size_t bytes;
  long count;
  if (argc < 3 || (queue_count = atoi(argv[1])) < 1) return 2;
  queues = calloc(queue_count, sizeof *queues);
  check(queues != NULL, "calloc");
  for (int i = 0; i < queue_count; i++) queues[i] = new_queue();
  answers = new_queue();
  start_waiter(argv + 2);
  await_answer();
  printf("ready C\n");
  fflush(stdout);
  while (scanf("%31s %zu %ld", operation, &bytes, &count) == 3) {
    printf("%lld\n", (long long)wakes(bytes, count));
    fflush(stdout);
  }
  return 0;
}
