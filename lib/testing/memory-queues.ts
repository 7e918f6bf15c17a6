/** Queues in memory, for tests on machines without message queues. */

import { INT_MAX } from '../core/constants';
import { MAX_QUEUES } from '../core/limit-table';
import { liveConsumers } from '../core/live-consumers';
import { checkOptions, optionNames } from '../core/options';
import { checkInteger } from '../core/validators';
import { useMemoryAddon } from '../native/memory/use';

/** The limits of queues in memory. */
export interface MemoryQueuesOptions {
  /** How many queues there can be. Default: 32000. */
  msgmni?: number | undefined;
  /** Bytes that a message can have. Default: 8192. */
  msgmax?: number | undefined;
  /** Bytes that a queue holds: what a new one has, and the most that `maxBytes` can be. Default: 16384. */
  msgmnb?: number | undefined;
}

/** Queues in memory, in use. */
export interface MemoryQueues extends Disposable {
  /**
   * Ends the use of queues in memory: the kernel's are in use again, and those in memory are gone.
   *
   * @throws {Error} `ERR_QUEUES_IN_USE`: a call waits for a queue in memory, or a consumer is open.
   */
  restore(): void;
}

const DEFAULTS = { msgmni: 32000, msgmax: 8192, msgmnb: 16384 };
const known = optionNames<MemoryQueuesOptions>('useMemoryQueues', { msgmni: true, msgmax: true, msgmnb: true });

let inUse = false;

/**
 * Replaces the kernel's queues with queues in the memory of this thread, for tests where there are none (macOS, Windows).
 *
 * No system call, and no addon. All of the library above its native calls is the same: MessageQueue, the functions of
 * sysvmq/syscalls, requests, streams, consumers, and their errors and limits. Other threads and processes do not see the queues.
 * There is no other user, so every permission is granted. Call it before the first queue is made: a handle works only where its
 * queue is. A consumer that closes leaves what it has in hand to the next one of its name; the end of the process loses it, with
 * the queues.
 *
 * What needs the kernel throws an UnsupportedError: bridges, `setLimits()`, `readProcLimits()`, and a call that would block the
 * thread without a timeout, because nothing could end it.
 *
 * @param options.msgmni - How many queues there can be. Default: 32000.
 * @param options.msgmax - Bytes that a message can have. Default: 8192.
 * @param options.msgmnb - Bytes that a new queue holds, and the most that `maxBytes` can be. Default: 16384.
 * @returns An object that ends it: `restore()`, or `using` at the end of the block.
 * @throws {Error} `ERR_QUEUES_IN_USE`: they are in memory already, a call waits for a queue, or a consumer is open.
 *
 * @example
 * const { useMemoryQueues } = await import('sysvmq/testing');
 * const memory = useMemoryQueues();
 * const queue = MessageQueue.create(0x5eed0001);
 * await queue.send('a job');
 * assert.equal((await queue.receive()).data.toString(), 'a job');
 * queue.remove();
 * memory.restore();
 */
export function useMemoryQueues(options?: MemoryQueuesOptions): MemoryQueues {
  const limits = checkLimits(checkOptions(options, known) ?? {});
  if (inUse) throw inUseError('The queues are in memory already. Call restore() first.');
  const leave = liveConsumers.size > 0 ? undefined : useMemoryAddon(limits);
  if (leave === undefined) throw inUseError('A call waits for a queue, or a consumer is open. Close its queue first.');
  inUse = true;
  let restored = false;
  const restore = (): void => {
    if (restored) return;
    if (liveConsumers.size > 0 || !leave()) {
      throw inUseError('A call waits for a queue in memory, or a consumer is open. Close its queue first.');
    }
    restored = true;
    inUse = false;
  };
  return { restore, [Symbol.dispose]: restore };
}

function checkLimits({ msgmni, msgmax, msgmnb }: MemoryQueuesOptions): typeof DEFAULTS {
  return {
    msgmni: checkInteger(msgmni ?? DEFAULTS.msgmni, 'options.msgmni', 0, MAX_QUEUES),
    msgmax: checkInteger(msgmax ?? DEFAULTS.msgmax, 'options.msgmax', 0, INT_MAX),
    msgmnb: checkInteger(msgmnb ?? DEFAULTS.msgmnb, 'options.msgmnb', 0, INT_MAX),
  };
}

function inUseError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_QUEUES_IN_USE' });
}
