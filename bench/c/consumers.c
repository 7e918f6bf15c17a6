/*
 * consumers COUNT COMMAND…: what several processes that wait for one queue cost its sender. Starts the command so
 * often, each with the queue's id and that of a queue to which it sends a message when it is ready.
 */
#include "bench.h"

enum { kRestMicroseconds = 400, kMaxConsumers = 64 };

static struct message message = {1, "x"};
static int queue;
static pid_t children[kMaxConsumers];
static int child_count;

static void start_consumer(char **command, int ready) {
  char ids[2][16];
  char *arguments[16];
  int count = 0;
  pid_t child = fork_partner();
  if (child != 0) {
    children[child_count++] = child;
    return;
  }
  while (command[count] != NULL && count < 13) {
    arguments[count] = command[count];
    count++;
  }
  snprintf(ids[0], sizeof ids[0], "%d", queue);
  snprintf(ids[1], sizeof ids[1], "%d", ready);
  arguments[count] = ids[0];
  arguments[count + 1] = ids[1];
  arguments[count + 2] = NULL;
  dup2(STDERR_FILENO, STDOUT_FILENO);
  execvp(arguments[0], arguments);
  perror(arguments[0]);
  _exit(127);
}

/* In order: a consumer may have files to remove. */
static void end_consumers(void) {
  for (int i = 0; i < child_count; i++) kill(children[i], SIGTERM);
  for (int i = 0; i < child_count; i++) waitpid(children[i], NULL, 0);
}

static long waiting_messages(void) {
  struct msqid_ds status;
  check(msgctl(queue, IPC_STAT, &status) == 0, "msgctl");
  return (long)status.msg_qnum;
}

/* Only the calls of msgsnd: before each, all consumers have come to rest. */
static int64_t sends(size_t bytes, long count) {
  int64_t elapsed = 0;
  for (long i = 0; i < count; i++) {
    while (waiting_messages() > 0) usleep(20);
    usleep(kRestMicroseconds);
    int64_t start = now_ns();
    check(msgsnd(queue, &message, bytes, 0) == 0, "msgsnd");
    elapsed += now_ns() - start;
  }
  return elapsed;
}

/* As many messages as fit, until the last is taken. */
static int64_t throughput(size_t bytes, long count) {
  int64_t start = now_ns();
  for (long i = 0; i < count; i++) check(msgsnd(queue, &message, bytes, 0) == 0, "msgsnd");
  while (waiting_messages() > 0) {
  }
  return now_ns() - start;
}

int main(int argc, char **argv) {
  char operation[32];
  size_t bytes;
  long count;
  int consumers;
  if (argc < 3 || (consumers = atoi(argv[1])) < 1 || consumers > kMaxConsumers) return 2;
  queue = new_queue();
  int ready = new_queue();
  for (int i = 0; i < consumers; i++) start_consumer(argv + 2, ready);
  for (int i = 0; i < consumers; i++) check(msgrcv(ready, &message, kMaxBytes, 0, 0) >= 0, "msgrcv");
  printf("ready C\n");
  fflush(stdout);
  while (scanf("%31s %zu %ld", operation, &bytes, &count) == 3) {
    int64_t elapsed = strcmp(operation, "send") == 0 ? sends(bytes, count) : throughput(bytes, count);
    printf("%lld\n", (long long)elapsed);
    fflush(stdout);
  }
  end_consumers();
  return 0;
}
