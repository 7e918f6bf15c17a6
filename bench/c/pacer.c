/*
 * Sends messages of 64 bytes at a steady rate: pacer queue ID, or pacer socket PATH. Reads lines "rate count", and
 * sends so many, so many a second, each at its own moment; it sleeps in between.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "bench.h"

enum { kBytes = 64 };

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  check(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
  return fd;
}

int main(int argc, char **argv) {
  static struct message message = {.type = 1};
  if (argc != 3) return 2;
  /* A moment is a moment: without the 50 µs by which the kernel may be late to save wake-ups. */
  prctl(PR_SET_TIMERSLACK, 1);
  int socket_fd = strcmp(argv[1], "socket") == 0 ? connect_to(argv[2]) : -1;
  int queue = atoi(argv[2]);
  long rate;
  long count;
  while (scanf("%ld %ld", &rate, &count) == 2) {
    int64_t start = now_ns();
    for (long i = 0; i < count; i++) {
      int64_t due = start + i * 1000000000 / rate;
      struct timespec time = {due / 1000000000, due % 1000000000};
      while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {
      }
      if (socket_fd >= 0) {
        check(write(socket_fd, message.text, kBytes) == kBytes, "write");
      } else {
        check(msgsnd(queue, &message, kBytes, 0) == 0, "msgsnd");
      }
    }
  }
  return 0;
}
