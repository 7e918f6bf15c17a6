/**
 * Waiting where the system has no thread for it: the event loop looks again, by timers, whether there is a message or
 * room, and each time whether there is a thread by now.
 */

/** In milliseconds: what waits is looked at after 1, 2, 4, 8 and from then on each 16. */
const MAX_LOOK_MS = 16;

let warned = false;

/** How long until the next look, after so many without success. */
export function lookDelay(looks: number): number {
  return Math.min(2 ** looks, MAX_LOOK_MS);
}

/** Says once in a process, and worker thread, that waits do without threads, and what to look at. */
export function warnWithoutThread(lines: number): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `sysvmq: there is no thread to wait with (${lines} ${lines === 1 ? 'wait needs' : 'waits need'} one each). They go on by timers, which look up to every ${MAX_LOOK_MS} ms and cost processor time.`,
    {
      type: 'SysvmqWarning',
      code: 'SYSVMQ_NO_THREAD',
      detail:
        'A limit on threads is reached: ulimit -u (RLIMIT_NPROC), pids.max of the cgroup (TasksMax= of a systemd unit, --pids-limit of a container), or a seccomp profile refuses clone.',
    },
  );
}
