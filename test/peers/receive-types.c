// receive-types ID [TYPE]: takes every message of a queue that TYPE matches (default: 0, any), without waiting, and
// prints the types as this program's own long has them, one a line, then the errno that ended it.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

int main(int argc, char** argv) {
  struct {
    long type;
    char text[100];
  } message;
  if (argc < 2) {
    fprintf(stderr, "usage: %s ID [TYPE]\n", argv[0]);
    return 2;
  }
  const int id = atoi(argv[1]);
  const long type = argc > 2 ? atol(argv[2]) : 0;
  while (msgrcv(id, &message, sizeof message.text, type, IPC_NOWAIT) >= 0) printf("%ld\n", message.type);
  printf("%s\n", errno == ENOMSG ? "ENOMSG" : strerror(errno));
  return 0;
}
