/* consumer QUEUE READY: takes messages for ever, waiting in msgrcv, after one message to the queue READY. */
#include "bench.h"

int main(int argc, char **argv) {
  static struct message message = {1, ""};
  if (argc != 3) return 2;
  int queue = atoi(argv[1]);
  check(msgsnd(atoi(argv[2]), &message, 0, 0) == 0, "msgsnd");
  while (msgrcv(queue, &message, kMaxBytes, 0, 0) >= 0) {
  }
  return 0;
}
