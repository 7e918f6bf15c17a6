/** Whether this process can use message queues: the addon loads, the kernel has the calls, and nothing forbids them. */

import { IPC_INFO, IPC_NOWAIT } from '../core/constants';
import { ENOSYS, EPERM } from '../core/errno';
import { NativeLoadError } from '../core/errors';
import { msgget, msgrcv, msgsnd, readInfo, WAIT_FOREVER } from '../native/calls';

// Any key except IPC_PRIVATE, which would create a queue.
const SOME_KEY = 1;
// The kernel returns EINVAL before it does anything.
const NO_QUEUE = -1;

/**
 * Whether message queues work here. Creates, sends and takes nothing.
 *
 * `msgget(key, 0)`, `msgsnd(-1, …)`, `msgrcv(-1, …)` and `msgctl(0, IPC_INFO)`: only checks whether the kernel has them
 * and lets this process call them.
 *
 * False on macOS and Windows, where the addon is missing or does not load, in WSL 1, in sandboxes and on kernels
 * without System V IPC (ENOSYS), and where a seccomp profile refuses the calls (EPERM, ENOSYS). When it is false, the
 * first call of another function throws a NativeLoadError, an UnsupportedError or a QueueAccessError with the reason.
 *
 * @example
 * if (isSupported()) MessageQueue.createPrivate().remove();
 * else console.log('no message queues here: going on without');
 */
export function isSupported(): boolean {
  try {
    const results = [
      msgget(SOME_KEY, 0),
      msgsnd(NO_QUEUE, 1, 0, IPC_NOWAIT, WAIT_FOREVER),
      msgrcv(NO_QUEUE, 0, 0, IPC_NOWAIT, WAIT_FOREVER),
      readInfo(IPC_INFO),
    ];
    return results.every((result) => result !== ENOSYS && result !== EPERM);
  } catch (error) {
    if (error instanceof NativeLoadError) return false;
    throw error;
  }
}
