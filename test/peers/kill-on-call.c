// kill-on-call CALL[,CALL...] command [arguments]: runs a command that the kernel kills when it makes one of these
// calls, as systemd's SystemCallFilter=~... does.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) \
  { #name, SYS_##name }
static const struct {
  const char* name;
  unsigned number;
} kCalls[] = {CALL(sched_setaffinity), CALL(sched_setattr), CALL(sched_setparam), CALL(sched_setscheduler),
              CALL(setpriority),       CALL(ioprio_set),    CALL(mbind),          CALL(migrate_pages),
              CALL(move_pages),        CALL(set_mempolicy), CALL(setrlimit),      CALL(timer_create),
              CALL(sched_yield)};

enum { kMaxCalls = 32 };

static int number_of(const char* name) {
  for (size_t i = 0; i < sizeof kCalls / sizeof kCalls[0]; i++) {
    if (strcmp(kCalls[i].name, name) == 0) return (int)kCalls[i].number;
  }
  return -1;
}

int main(int argc, char** argv) {
  struct sock_filter filter[2 * kMaxCalls + 2];
  unsigned short length = 0;
  // The command runs on this program's own architecture, so that the number alone tells the call.
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (char* name = argc < 3 ? NULL : strtok(argv[1], ","); name != NULL; name = strtok(NULL, ",")) {
    const int number = number_of(name);
    if (number < 0 || length >= 2 * kMaxCalls) {
      fprintf(stderr, "%s: no such call is known here: %s\n", argv[0], name);
      return 127;
    }
    filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  }
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {.len = length, .filter = filter};
  // Without PR_SET_NO_NEW_PRIVS only a privileged process may install a filter.
  if (argc < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    perror(argv[0]);
    return 127;
  }
  execvp(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
