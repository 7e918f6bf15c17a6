// refuse-call msgget|msgsnd|msgrcv|msgctl ENOSYS|EPERM command [arguments]: runs a command for which a seccomp filter
// refuses one call, as a container's profile may.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
  const char* name;
  unsigned number;
} kCalls[] = {{"msgget", SYS_msgget}, {"msgsnd", SYS_msgsnd}, {"msgrcv", SYS_msgrcv}, {"msgctl", SYS_msgctl}};

static int fail(const char* what) {
  perror(what);
  return 127;
}

static int number_of(const char* name) {
  for (size_t i = 0; i < sizeof kCalls / sizeof kCalls[0]; i++) {
    if (strcmp(kCalls[i].name, name) == 0) return (int)kCalls[i].number;
  }
  return -1;
}

int main(int argc, char** argv) {
  const int call = argc < 4 ? -1 : number_of(argv[1]);
  if (call < 0) {
    fprintf(stderr, "usage: %s msgget|msgsnd|msgrcv|msgctl ENOSYS|EPERM command [arguments]\n", argv[0]);
    return 127;
  }
  const unsigned refusal = strcmp(argv[2], "ENOSYS") == 0 ? ENOSYS : EPERM;
  // The command runs on this program's own architecture, so that the number alone tells the call.
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | refusal),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
  // Without this only a privileged process may install a filter.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail("prctl(PR_SET_NO_NEW_PRIVS)");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return fail("prctl(PR_SET_SECCOMP)");
  execvp(argv[3], argv + 3);
  return fail(argv[3]);
}
