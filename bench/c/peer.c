/*
 * peer QUEUE: the program at the other end of a bridge's queue. Reads lines "send bytes count" and "take bytes count",
 * and answers each with nanoseconds. It takes one message more, from which on the clock runs.
 */
#include "bench.h"

static struct message payloads[kPayloads];
static struct message received;

static void send_all(int queue, size_t bytes, long count) {
  for (long i = 0; i < count; i++) check(msgsnd(queue, &payloads[i % kPayloads], bytes, 0) == 0, "msgsnd");
}

static void take_one(int queue, size_t bytes) {
  check(msgrcv(queue, &received, kMaxBytes, 0, 0) == (ssize_t)bytes, "msgrcv");
}

static int64_t take_all(int queue, size_t bytes, long count) {
  take_one(queue, bytes);
  int64_t start = now_ns();
  for (long i = 0; i < count; i++) take_one(queue, bytes);
  int64_t elapsed = now_ns() - start;
  check(memcmp(received.text, payloads[count % kPayloads].text, bytes) == 0, "the bytes of the last message");
  return elapsed;
}

int main(int argc, char **argv) {
  char operation[8];
  size_t bytes;
  long count;
  if (argc != 2) return 2;
  int queue = atoi(argv[1]);
  while (scanf("%7s %zu %ld", operation, &bytes, &count) == 3) {
    check(bytes <= kMaxBytes, "bytes");
    fill_payloads(payloads, bytes);
    int64_t elapsed = 0;
    if (strcmp(operation, "send") == 0) send_all(queue, bytes, count);
    if (strcmp(operation, "take") == 0) elapsed = take_all(queue, bytes, count);
    printf("%lld\n", (long long)elapsed);
    fflush(stdout);
  }
  return 0;
}
