/* Sends three orders, as a program of a plant might: ./orders ID */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>

struct order {
  int32_t id;
  double price;
  char customer[16];
};

struct message {
  long mtype;
  struct order order;
};

int main(int argc, char **argv) {
  const char *customers[] = {"Ada", "Grace", "Alan"};
  if (argc != 2) return 2;
  for (int i = 0; i < 3; i++) {
    struct message message;
    memset(&message, 0, sizeof message);
    message.mtype = 1;
    message.order.id = i + 1;
    message.order.price = 9.5 * (i + 1);
    strncpy(message.order.customer, customers[i], sizeof message.order.customer - 1);
    if (msgsnd(atoi(argv[1]), &message, sizeof message.order, 0) != 0) {
      perror("msgsnd");
      return 1;
    }
  }
  return 0;
}
