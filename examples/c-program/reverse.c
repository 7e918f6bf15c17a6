/* Answers each message of type 1 with its text turned around, as type 2; ends at a message of type 3.
 *
 *   cc -o reverse reverse.c && ./reverse FILE LETTER
 */
#define _GNU_SOURCE /* MSG_EXCEPT */
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>

enum { kRequest = 1, kReply = 2, kQuit = 3, kMaxText = 8192 };

struct message {
  long mtype; /* What Node.js calls type; the bytes of mtext are the data. */
  char mtext[kMaxText];
};

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "Usage: %s FILE LETTER\n", argv[0]);
    return 2;
  }
  key_t key = ftok(argv[1], argv[2][0]);
  int id = msgget(key, 0);
  if (key == -1 || id == -1) {
    perror("reverse: ftok or msgget");
    return 1;
  }
  for (;;) {
    struct message message;
    /* Requests and the word to quit, but not our own replies. MSG_EXCEPT takes any type but the given one. */
    ssize_t length = msgrcv(id, &message, kMaxText, kReply, MSG_EXCEPT);
    if (length == -1) {
      perror("reverse: msgrcv");
      return 1;
    }
    if (message.mtype == kQuit) return 0;
    for (ssize_t i = 0; i < length / 2; i++) {
      char swapped = message.mtext[i];
      message.mtext[i] = message.mtext[length - 1 - i];
      message.mtext[length - 1 - i] = swapped;
    }
    message.mtype = kReply;
    if (msgsnd(id, &message, (size_t)length, 0) == -1) { /* The length is that of mtext, without mtype. */
      perror("reverse: msgsnd");
      return 1;
    }
  }
}
