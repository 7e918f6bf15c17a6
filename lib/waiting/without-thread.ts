/**
 * Waits when the system has no thread for it: the event loop checks by timers whether there is a message or room, and
 * each time whether a thread is available.
 */

/** The longest delay, in milliseconds: the checks come after 1, 2, 4, 8 and from then on every 16. */
const MAX_LOOK_MS = 16;

let warned = false;

/** The delay until the next check, after this many without success. */
export function lookDelay(looks: number): number {
  return Math.min(2 ** looks, MAX_LOOK_MS);
}

/** Warns once in a process, and in each worker thread, that waits work without threads, and names what to check. */
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
