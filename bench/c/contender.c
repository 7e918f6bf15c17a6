/*
 * The C baseline: what the kernel's calls cost when nothing is around them. Reads lines "operation bytes count",
 * carries them out, and answers each with the nanoseconds that it took.
 */
#include "bench.h"

static struct message payloads[kPayloads];
static struct message received;

static void send_now(int queue, int i, size_t bytes) {
  check(msgsnd(queue, &payloads[i % kPayloads], bytes, IPC_NOWAIT) == 0, "msgsnd");
}

static void receive_now(int queue, size_t bytes) {
  check(msgrcv(queue, &received, kMaxBytes, 0, IPC_NOWAIT) == (ssize_t)bytes, "msgrcv");
}

static void check_text(const char *text, size_t bytes, long i) {
  if (memcmp(text, payloads[i % kPayloads].text, bytes) == 0) return;
  fprintf(stderr, "a message has other bytes than were sent\n");
  exit(1);
}

static int64_t pairs(int queue, size_t bytes, long count) {
  int64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    send_now(queue, (int)(i % kPayloads), bytes);
    receive_now(queue, bytes);
  }
  int64_t elapsed = now_ns() - start;
  check_text(received.text, bytes, count - 1);
  return elapsed;
}

static int64_t batches(int queue, size_t bytes, long count) {
  int64_t start = now_ns();
  for (long done = 0; done < count; done += kBatch) {
    for (int i = 0; i < kBatch; i++) send_now(queue, i, bytes);
    for (int i = 0; i < kBatch; i++) receive_now(queue, bytes);
  }
  int64_t elapsed = now_ns() - start;
  check_text(received.text, bytes, kBatch - 1);
  return elapsed;
}

/* Only msgrcv, of messages that are there. */
static int64_t takes(int queue, size_t bytes, long count) {
  int64_t elapsed = 0;
  for (long done = 0; done < count; done += kBatch) {
    for (int i = 0; i < kBatch; i++) send_now(queue, i, bytes);
    int64_t start = now_ns();
    for (int i = 0; i < kBatch; i++) receive_now(queue, bytes);
    elapsed += now_ns() - start;
  }
  check_text(received.text, bytes, kBatch - 1);
  return elapsed;
}

/* The partner sends as many messages as the queue `orders` asks for. */
static void run_sender(int orders, int queue, size_t bytes) {
  struct {
    long type;
    long count;
  } order;
  while (msgrcv(orders, &order, sizeof order.count, 0, 0) >= 0) {
    for (long i = 0; i < order.count; i++) {
      check(msgsnd(queue, &payloads[i % kPayloads], bytes, 0) == 0, "msgsnd");
    }
  }
  _exit(0);
}

/* From the first message on, so that the order's own way is not counted. */
static int64_t stream(int queue, size_t bytes, long count) {
  static int orders = -1;
  if (orders < 0) {
    orders = new_queue();
    if (fork_partner() == 0) run_sender(orders, queue, bytes);
  }
  struct {
    long type;
    long count;
  } order = {1, count + 1};
  check(msgsnd(orders, &order, sizeof order.count, 0) == 0, "msgsnd");
  check(msgrcv(queue, &received, kMaxBytes, 0, 0) == (ssize_t)bytes, "msgrcv");
  int64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    check(msgrcv(queue, &received, kMaxBytes, 0, 0) == (ssize_t)bytes, "msgrcv");
  }
  int64_t elapsed = now_ns() - start;
  check_text(received.text, bytes, count);
  return elapsed;
}

/* The partner sends back whatever it receives. */
static void run_echo(int there, int back, size_t bytes) {
  while (msgrcv(there, &received, kMaxBytes, 0, 0) == (ssize_t)bytes) {
    check(msgsnd(back, &received, bytes, 0) == 0, "msgsnd");
  }
  _exit(0);
}

static int64_t trips(int there, size_t bytes, long count) {
  enum { kUntimed = 20 };
  static int back = -1;
  if (back < 0) {
    back = new_queue();
    if (fork_partner() == 0) run_echo(there, back, bytes);
  }
  int64_t start = 0;
  for (long i = -kUntimed; i < count; i++) {
    if (i == 0) start = now_ns();
    check(msgsnd(there, &payloads[(i + kUntimed) % kPayloads], bytes, 0) == 0, "msgsnd");
    check(msgrcv(back, &received, kMaxBytes, 0, 0) == (ssize_t)bytes, "msgrcv");
  }
  int64_t elapsed = now_ns() - start;
  check_text(received.text, bytes, count - 1 + kUntimed);
  return elapsed;
}

int main(void) {
  char operation[32];
  size_t bytes;
  long count;
  int queue = new_queue();
  /* The harness has made the IPC namespace, which takes the queues with it. */
  printf("ready %s\n", "gcc " __VERSION__);
  fflush(stdout);
  while (scanf("%31s %zu %ld", operation, &bytes, &count) == 3) {
    int64_t elapsed = -1;
    check(bytes <= kMaxBytes, "bytes");
    fill_payloads(payloads, bytes);
    if (strcmp(operation, "pair") == 0) elapsed = pairs(queue, bytes, count);
    if (strcmp(operation, "many") == 0) elapsed = batches(queue, bytes, count);
    if (strcmp(operation, "take") == 0) elapsed = takes(queue, bytes, count);
    if (strcmp(operation, "stream") == 0) elapsed = stream(queue, bytes, count);
    if (strcmp(operation, "trip") == 0) elapsed = trips(queue, bytes, count);
    if (elapsed < 0) {
      fprintf(stderr, "there is no operation %s\n", operation);
      return 1;
    }
    printf("%lld\n", (long long)elapsed);
    fflush(stdout);
  }
  return 0;
}
