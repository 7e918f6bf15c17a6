// allow-calls command [arguments]: runs a command that the kernel kills when it makes any system call but those of
// systemd's
// @system-service without @resources, @chown, @setuid, @keyring and @aio, as hardened services have it.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Calls that some architectures and headers lack have an #ifdef.
static const int kAllowed[] = {
    // @default, @basic-io, @io-event
    SYS_brk,
    SYS_clock_getres,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_execve,
    SYS_exit,
    SYS_exit_group,
    SYS_futex,
    SYS_get_robust_list,
    SYS_getegid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getgroups,
    SYS_getpgid,
    SYS_getpid,
    SYS_getppid,
    SYS_getrandom,
    SYS_getresgid,
    SYS_getresuid,
    SYS_getrlimit,
    SYS_getsid,
    SYS_gettid,
    SYS_gettimeofday,
    SYS_getuid,
    SYS_membarrier,
    SYS_mmap,
    SYS_munmap,
    SYS_nanosleep,
    SYS_prlimit64,
    SYS_restart_syscall,
    SYS_rt_sigreturn,
    SYS_sched_getaffinity,
    SYS_sched_yield,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_close,
    SYS_dup,
    SYS_dup3,
    SYS_lseek,
    SYS_pread64,
    SYS_preadv,
    SYS_pwrite64,
    SYS_pwritev,
    SYS_read,
    SYS_readv,
    SYS_write,
    SYS_writev,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_eventfd2,
    SYS_ppoll,
    SYS_pselect6,
    // @file-system
    SYS_chdir,
    SYS_faccessat,
    SYS_fallocate,
    SYS_fchdir,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fcntl,
    SYS_fstat,
    SYS_fstatfs,
    SYS_ftruncate,
    SYS_getcwd,
    SYS_getdents64,
    SYS_getxattr,
    SYS_inotify_add_watch,
    SYS_inotify_init1,
    SYS_inotify_rm_watch,
    SYS_linkat,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_newfstatat,
    SYS_openat,
    SYS_readlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_statfs,
    SYS_statx,
    SYS_symlinkat,
    SYS_truncate,
    SYS_unlinkat,
    SYS_utimensat,
    // @ipc, @memlock, @process, @signal, @sync, @timer, and what else @system-service names
    SYS_msgctl,
    SYS_msgget,
    SYS_msgrcv,
    SYS_msgsnd,
    SYS_pipe2,
    SYS_shmat,
    SYS_shmctl,
    SYS_shmdt,
    SYS_shmget,
    SYS_process_vm_readv,
    SYS_memfd_create,
    SYS_mlock,
    SYS_mlock2,
    SYS_munlock,
    SYS_capget,
    SYS_clone,
    SYS_getrusage,
    SYS_kill,
    SYS_prctl,
    SYS_setns,
    SYS_tgkill,
    SYS_times,
    SYS_tkill,
    SYS_unshare,
    SYS_wait4,
    SYS_waitid,
    SYS_rt_sigaction,
    SYS_rt_sigpending,
    SYS_rt_sigprocmask,
    SYS_rt_sigqueueinfo,
    SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait,
    SYS_rt_tgsigqueueinfo,
    SYS_sigaltstack,
    SYS_signalfd4,
    SYS_fdatasync,
    SYS_fsync,
    SYS_msync,
    SYS_sync_file_range,
    SYS_timer_create,
    SYS_timer_delete,
    SYS_timer_getoverrun,
    SYS_timer_gettime,
    SYS_timer_settime,
    SYS_timerfd_create,
    SYS_timerfd_gettime,
    SYS_timerfd_settime,
    SYS_copy_file_range,
    SYS_fadvise64,
    SYS_flock,
    SYS_getcpu,
    SYS_getpriority,
    SYS_ioctl,
    SYS_madvise,
    SYS_mprotect,
    SYS_mremap,
    SYS_sched_get_priority_max,
    SYS_sched_get_priority_min,
    SYS_sched_getattr,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sendfile,
    SYS_setpgid,
    SYS_setsid,
    SYS_sysinfo,
    SYS_umask,
    SYS_uname,
    // @network-io
    SYS_accept4,
    SYS_bind,
    SYS_connect,
    SYS_getpeername,
    SYS_getsockname,
    SYS_getsockopt,
    SYS_listen,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_sendto,
    SYS_setsockopt,
    SYS_shutdown,
    SYS_socket,
    SYS_socketpair,
#ifdef SYS_clone3
    SYS_clone3,
#endif
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_close_range
    SYS_close_range,
#endif
#ifdef SYS_pkey_alloc
    SYS_pkey_alloc,
    SYS_pkey_free,
    SYS_pkey_mprotect,
#endif
#ifdef SYS_arch_prctl
    SYS_arch_prctl,
#endif
#ifdef SYS_open
    SYS_open,
    SYS_access,
    SYS_stat,
    SYS_lstat,
    SYS_poll,
    SYS_select,
    SYS_epoll_wait,
    SYS_epoll_create,
    SYS_readlink,
    SYS_mkdir,
    SYS_rmdir,
    SYS_rename,
    SYS_unlink,
    SYS_pipe,
    SYS_dup2,
    SYS_getpgrp,
    SYS_vfork,
    SYS_fork,
    SYS_getdents,
    SYS_chmod,
    SYS_link,
    SYS_symlink,
    SYS_time,
#endif
};

enum { kAllowedCount = sizeof kAllowed / sizeof kAllowed[0] };

int main(int argc, char** argv) {
  static struct sock_filter filter[2 * kAllowedCount + 2];
  unsigned short length = 0;
  // The command runs on this program's own architecture, so that the number alone tells the call.
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (int i = 0; i < kAllowedCount; i++) {
    filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)kAllowed[i], 0, 1);
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  const struct sock_fprog program = {.len = length, .filter = filter};
  if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    perror(argv[0]);
    return 127;
  }
  execvp(argv[1], argv + 1);
  perror(argv[1]);
  return 127;
}
