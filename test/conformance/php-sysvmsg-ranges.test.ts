/** What the tests of PHP's sysvmsg say of values out of range and of memory: PHP-11, PHP-17 and PHP-19 to PHP-24. */

import { execFileSync } from 'node:child_process';
import { IPC_NOWAIT, IPC_SET, IPC_STAT, MessageQueue, msgctl, msgget, msgrcv, msgsnd } from '../../lib/index';
import { statusField } from '../../tools/harness/proc.cjs';
import { startChild } from '../support/child';
import { failure } from '../support/failure';
import { remainingQueues, setLimit } from '../support/namespace';
import { itNeeds, program } from '../support/needs';
import { newQueue } from '../support/queues';
import { slow } from '../support/slow';

const outOfRange = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

describe('out of range', () => {
  it('PHP-11 a maximum of 0 bytes takes an empty message and leaves another, as on Linux, where PHP refuses it', () => {
    const queue = newQueue();
    queue.sendSync('', { type: 2 });
    queue.sendSync('data', { type: 3 });
    expect(queue.tryReceive({ maxLength: 0 })).toMatchObject({ type: 2, data: Buffer.alloc(0) });
    const refusal = { name: 'BufferTooSmallError', code: 'E2BIG', errno: -7, maxLength: 0 };
    expect(failure(() => queue.tryReceive({ maxLength: 0 }))).toMatchObject(refusal);
    expect(failure(() => msgrcv(queue.id, 0, 0, IPC_NOWAIT))).toMatchObject(refusal);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('PHP-17 a key of more than 32 bits is refused, not cut to IPC_PRIVATE', () => {
    const key = 0x100000000;
    const calls = [MessageQueue.exists, MessageQueue.create, MessageQueue.open, MessageQueue.openOrCreate, msgget];
    for (const call of calls) expect(failure(() => call(key))).toMatchObject(outOfRange);
    expect(remainingQueues()).toEqual([]);
  });

  it('PHP-19 a maximum length beyond an int is refused, and takes nothing', () => {
    const queue = newQueue();
    queue.sendSync('data');
    for (const bytes of [2 ** 31, 0x100000100, 2 ** 53 - 1, 2 ** 64]) {
      expect(failure(() => queue.tryReceive({ maxLength: bytes }))).toMatchObject(outOfRange);
      expect(failure(() => msgrcv(queue.id, bytes, 0, IPC_NOWAIT))).toMatchObject(outOfRange);
    }
    expect(queue.stat().messageCount).toBe(1);
  });

  it('PHP-21 a selector beyond a 64-bit long is refused, and one beyond 32 bits is not cut', () => {
    const queue = newQueue();
    queue.sendSync('data', { type: 5 });
    for (const type of [2n ** 63n, 2n ** 64n + 5n, 2 ** 53]) {
      expect(failure(() => queue.tryReceive({ type }))).toMatchObject(outOfRange);
      expect(failure(() => queue.tryReceive({ except: type }))).toMatchObject(outOfRange);
      expect(failure(() => queue.tryReceive({ upTo: type }))).toMatchObject(outOfRange);
    }
    for (const type of [2n ** 63n, -(2n ** 63n) - 1n]) {
      expect(failure(() => msgrcv(queue.id, 10, type, IPC_NOWAIT))).toMatchObject(outOfRange);
    }
    expect(queue.tryReceive({ type: 0x100000005 })).toBeUndefined();
    expect(queue.stat().messageCount).toBe(1);
  });

  it('PHP-22 a type beyond a 64-bit long is refused, and one beyond 32 bits is not cut', () => {
    const queue = newQueue();
    for (const type of [2n ** 63n, -(2n ** 64n) + 1n, 2n ** 64n + 1n, 2 ** 53]) {
      expect(failure(() => queue.sendSync('data', { type }))).toMatchObject(outOfRange);
      expect(failure(() => msgsnd(queue.id, { mtype: type, mtext: 'data' }))).toMatchObject(outOfRange);
    }
    expect(queue.stat().messageCount).toBe(0);
    queue.sendSync('data', { type: 0x100000005 });
    expect(queue.receiveSync().typeBigInt).toBe(0x100000005n);
  });

  it('PHP-23 a negative number of bytes is refused, and the queue keeps its own', () => {
    const queue = newQueue({ maxBytes: 1000 });
    const { msg_perm } = msgctl(queue.id, IPC_STAT);
    for (const bytes of [-1, -0x80000000]) {
      expect(failure(() => queue.set({ maxBytes: bytes }))).toMatchObject(outOfRange);
      expect(failure(() => msgctl(queue.id, IPC_SET, { msg_qbytes: bytes, msg_perm }))).toMatchObject(outOfRange);
    }
    expect(queue.stat().maxBytes).toBe(1000);
  });

  it('PHP-24 bytes beyond an int are refused, not cut to the 16384 of their low half', () => {
    const queue = newQueue({ maxBytes: 1000 });
    const { msg_perm } = msgctl(queue.id, IPC_STAT);
    const bytes = 0x100004000;
    expect(failure(() => queue.set({ maxBytes: bytes }))).toMatchObject(outOfRange);
    expect(failure(() => msgctl(queue.id, IPC_SET, { msg_qbytes: bytes, msg_perm }))).toMatchObject(outOfRange);
    expect(queue.stat().maxBytes).toBe(1000);
  });
});

describe('out of memory', () => {
  const LENGTH = 128 << 20;

  function queueWithLargeMessage(): MessageQueue {
    setLimit('msgmax', LENGTH);
    setLimit('msgmnb', 2 * LENGTH);
    const queue = newQueue();
    queue.sendSync(Buffer.alloc(LENGTH), { type: 1 });
    return queue;
  }

  /** Takes the oldest message, and then one of type 2, in a process that can have `bytes` more memory than it has. */
  async function receiveWithMemoryOf(bytes: number, queue: MessageQueue) {
    const child = startChild(
      async ({ sysvmq, say, told, failure }, id) => {
        const reader = sysvmq.MessageQueue.attach(id);
        // The first error takes memory that the later ones do not.
        failure(() => reader.tryReceive({ maxLength: 1 }));
        say('ready');
        await told();
        let length: number | undefined;
        const error = failure(() => {
          length = reader.tryReceive({ maxLength: 0x7fffffff })?.data.length;
        });
        return { error, length, next: reader.tryReceive({ type: 2, maxLength: 1024 })?.data.toString() };
      },
      queue.id,
      // With more arenas glibc reserves 64 MiB whenever another thread comes to need memory.
      { prefix: ['env', 'MALLOC_ARENA_MAX=1'] },
    );
    await child.said('ready');
    const usedKiB = Number.parseInt(statusField('VmSize', child.pid) as string, 10);
    execFileSync('prlimit', ['--pid', String(child.pid), `--as=${usedKiB * 1024 + bytes}:`]);
    child.tell('go');
    return child.result as Promise<{ error?: object; length?: number; next?: string }>;
  }

  const prlimit = program('prlimit', 'util-linux');

  itNeeds(slow(prlimit), 'PHP-20 a lack of memory is an error, and the queue keeps working', async () => {
    const queue = queueWithLargeMessage();
    queue.sendSync('ping', { type: 2 });
    const { error, next } = await receiveWithMemoryOf(LENGTH / 2, queue);
    expect(error).toMatchObject({ name: 'MessageQueueError', code: 'ENOMEM', errno: -12, syscall: 'msgrcv' });
    expect(next).toBe('ping');
    expect(queue.stat()).toMatchObject({ messageCount: 1, usedBytes: LENGTH });
  });

  itNeeds(
    slow(prlimit),
    'PHP-20 memory that suffices for a message once, but not twice, does not lose it',
    async () => {
      const queue = queueWithLargeMessage();
      const { length } = await receiveWithMemoryOf(1.5 * LENGTH, queue);
      const received = length === LENGTH ? 1 : 0;
      expect(received + queue.stat().messageCount).toBe(1);
    },
  );
});
