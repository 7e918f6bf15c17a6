// feeder ID FIRST COUNT numbered|identical: keeps a queue full with blocking msgsnd until COUNT messages are sent.
//
// A numbered message says its number and then as many characters as the number gives it; its type is number % 5 + 1.
// Identical ones are "same", and each seventh is empty. Prints how many were sent when the queue is removed, or at the
// end.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

enum { kMaxPaddingBytes = 300 };

int main(int argc, char** argv) {
  struct {
    long type;
    char text[64 + kMaxPaddingBytes];
  } message;
  if (argc != 5) {
    fprintf(stderr, "usage: %s ID FIRST COUNT numbered|identical\n", argv[0]);
    return 2;
  }
  const int id = atoi(argv[1]);
  const long first = atol(argv[2]);
  const long count = atol(argv[3]);
  const int numbered = strcmp(argv[4], "numbered") == 0;
  for (long number = first; number < first + count; number++) {
    size_t length = 0;
    message.type = 1;
    if (numbered) {
      message.type = number % 5 + 1;
      length = (size_t)sprintf(message.text, "%ld:", number);
      const size_t padding = (size_t)(number * 7919 % kMaxPaddingBytes);
      for (size_t i = 0; i < padding; i++) message.text[length + i] = (char)('a' + (number + (long)i) % 26);
      length += padding;
    } else if (number % 7 != 0) {
      memcpy(message.text, "same", 4);
      length = 4;
    }
    while (msgsnd(id, &message, length, 0) != 0) {
      if (errno == EINTR) continue;
      printf("%ld\n", number - first);
      return errno == EIDRM || errno == EINVAL ? 0 : 1;
    }
  }
  printf("%ld\n", count);
  return 0;
}
