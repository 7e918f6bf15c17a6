/* reverse REQUESTS REPLIES: the keys of two queues. Says hello, then answers each message with its bytes turned around,
 * under the same type. Ends at a message "quit".
 *
 *   cc -o reverse reverse.c && ./reverse 0x5eed0301 0x5eed0302
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

struct message {
  long mtype;
  char mtext[]; /* As many bytes as are allocated: C wants no fixed size here. */
};

static int fail(const char* what) {
  perror(what);
  return 1;
}

/* The longest message that can be sent now, in bytes. */
static size_t read_msgmax(void) {
  unsigned long msgmax = 8192;
  FILE* file = fopen("/proc/sys/kernel/msgmax", "r");
  if (file != NULL) {
    if (fscanf(file, "%lu", &msgmax) != 1) msgmax = 8192;
    fclose(file);
  }
  return msgmax;
}

static int send_message(int queue, const struct message* message, size_t length) {
  int result;
  do {                                          /* A signal handler ends the wait, even with SA_RESTART. */
    result = msgsnd(queue, message, length, 0); /* length is that of mtext alone: without the type. */
  } while (result == -1 && errno == EINTR);
  return result;
}

static ssize_t receive_message(int queue, struct message* message, size_t size) {
  ssize_t length;
  do {
    length = msgrcv(queue, message, size, 0, 0); /* Type 0: the oldest message, of any type. */
  } while (length == -1 && errno == EINTR);
  return length;
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "Usage: %s REQUESTS REPLIES\n", argv[0]);
    return 2;
  }
  const int requests = msgget((key_t)strtoul(argv[1], NULL, 0), 0); /* 0: it must exist. */
  const int replies = msgget((key_t)strtoul(argv[2], NULL, 0), 0);
  if (requests == -1 || replies == -1) return fail("msgget");

  const size_t size = read_msgmax();
  struct message* message = malloc(sizeof *message + size);
  if (message == NULL) return fail("malloc");
  message->mtype = 1;
  memcpy(message->mtext, "hello from C", 12); /* Without the NUL: the length says where it ends. */
  if (send_message(replies, message, 12) == -1) return fail("msgsnd");

  for (;;) {
    const ssize_t length = receive_message(requests, message, size);
    if (length == -1) return fail("msgrcv");
    if (length == 4 && memcmp(message->mtext, "quit", 4) == 0) break;
    for (ssize_t i = 0; i < length / 2; i++) {
      const char swapped = message->mtext[i];
      message->mtext[i] = message->mtext[length - 1 - i];
      message->mtext[length - 1 - i] = swapped;
    }
    if (send_message(replies, message, (size_t)length) == -1) return fail("msgsnd"); /* mtype is still the request's. */
  }
  free(message);
  return 0;
}
