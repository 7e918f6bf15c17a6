// rival ID LOG NUMBER: takes from a queue with plain msgrcv, and writes down what it took, until it is killed.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char** argv) {
  struct {
    long type;
    char text[8192];
  } message;
  if (argc != 4) {
    fprintf(stderr, "usage: %s ID LOG NUMBER\n", argv[0]);
    return 2;
  }
  const int id = atoi(argv[1]);
  const int log = open(argv[2], O_WRONLY | O_APPEND);
  unsigned seed = (unsigned)atoi(argv[3]);
  for (;;) {
    const ssize_t length = msgrcv(id, &message, sizeof message.text, 0, 0);
    if (length < 0) return errno == EIDRM || errno == EINVAL ? 0 : 1;
    char line[64];
    const int bytes = snprintf(line, sizeof line, "r %ld %s\n", atol(message.text), argv[3]);
    if (write(log, line, (size_t)bytes) != bytes) return 1;
    // As slow as a consumer, so that both have their share.
    const struct timespec pause = {0, rand_r(&seed) % 4000000};
    nanosleep(&pause, NULL);
  }
}
