// producer KEY COUNT: sends so many orders to the queue with that key. It knows nothing of a bridge.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

int main(int argc, char** argv) {
  struct {
    long type;
    char text[64];
  } message;
  if (argc != 3) {
    fprintf(stderr, "usage: %s KEY COUNT\n", argv[0]);
    return 2;
  }
  const int id = msgget((key_t)strtoul(argv[1], NULL, 0), 0);
  if (id < 0) {
    perror("msgget");
    return 1;
  }
  const int count = atoi(argv[2]);
  for (int number = 1; number <= count; number++) {
    message.type = number % 3 + 1;
    snprintf(message.text, sizeof message.text, "order %d", number);
    if (msgsnd(id, &message, strlen(message.text), 0) != 0) {
      perror("msgsnd");
      return 1;
    }
  }
  return 0;
}
