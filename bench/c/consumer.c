/* consumer QUEUE READY: announces itself in the queue READY, then receives messages forever in msgrcv. */
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
