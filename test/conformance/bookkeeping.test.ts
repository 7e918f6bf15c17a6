/** What the kernel notes of a queue. Rows GAP-60, GAP-61 and GAP-65 of the conformance catalogue. */

import { IPC_NOWAIT, IPC_SET, IPC_STAT, type MsqidDs, msgctl, msgsnd } from '../../lib/index';
import { statusField, syscallNumber, syscallOfThread } from '../../tools/harness/proc.cjs';
import { inChild, startChild, until } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue, newQueueId } from '../support/queues';
import { itSlow } from '../support/slow';

itSlow('GAP-60 msg_lrpid is the process after a receive at once, and the thread after one that blocked', async () => {
  const id = newQueueId();
  msgsnd(id, { mtype: 1, mtext: 'is there already' }, IPC_NOWAIT);
  const child = startChild(({ require, say }, queueId) => {
    const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { msgrcv } = require(process.env.SYSVMQ_TEST_PACKAGE);
      const thread = Number(require('node:fs').readlinkSync('/proc/thread-self').split('/')[2]);
      for (let received = 0; received < 2; received++) {
        msgrcv(workerData);
        parentPort.postMessage(thread);
      }`;
    const worker = new Worker(source, { eval: true, workerData: queueId });
    worker.on('message', (thread) => say('received', thread));
    return new Promise((resolve) => worker.once('exit', resolve));
  }, id);

  const thread = await child.said('received');
  expect(msgctl(id, IPC_STAT).msg_lrpid).toBe(child.pid);
  expect(thread).not.toBe(child.pid);

  // A worker waits in slices of 100 ms. At the beginning of one there is time enough to send while it blocks.
  const sleepsOfThread = () => statusField('voluntary_ctxt_switches', child.pid, thread as number);
  const sleepsBefore = sleepsOfThread();
  await until('the thread blocks anew', () => {
    if (sleepsOfThread() === sleepsBefore) return false;
    return syscallOfThread(child.pid, thread as number) === syscallNumber('msgrcv');
  });
  msgsnd(id, { mtype: 1, mtext: 'comes later' }, IPC_NOWAIT);
  await child.said('received');
  expect(msgctl(id, IPC_STAT).msg_lrpid).toBe(thread);
});

itNeeds(
  otherUsers,
  'GAP-61 IPC_SET changes uid, gid, the nine mode bits, msg_qbytes and msg_ctime, and nothing else',
  async () => {
    const id = newQueueId();
    msgsnd(id, { mtype: 1, mtext: 'stays' }, IPC_NOWAIT);
    const before = msgctl(id, IPC_STAT);
    // Times are whole seconds of a clock that the kernel advances with its ticks.
    await until('the next second has begun', () => Date.now() > (before.msg_ctime + 1) * 1000 + 50);

    const everyFieldChanged: MsqidDs = {
      msg_perm: { key: 1, uid: 65534, gid: 65533, cuid: 2, cgid: 3, mode: 0o777, seq: 4 },
      msg_stime: 5,
      msg_rtime: 6,
      msg_ctime: 7,
      msg_cbytes: 8,
      msg_qnum: 9,
      msg_qbytes: 100,
      msg_lspid: 10,
      msg_lrpid: 11,
    };
    msgctl(id, IPC_SET, everyFieldChanged);
    const after = msgctl(id, IPC_STAT);
    expect(after).toEqual({
      ...before,
      msg_perm: { ...before.msg_perm, uid: 65534, gid: 65533, mode: 0o777 },
      msg_qbytes: 100,
      msg_ctime: after.msg_ctime,
    });
    expect(after.msg_ctime).toBeGreaterThan(before.msg_ctime);

    const tenthBit = { msg_qbytes: 100, msg_perm: { uid: 65534, gid: 65533, mode: 0o1600 } };
    expect(() => msgctl(id, IPC_SET, tenthBit)).toThrow(RangeError);
    expect(msgctl(id, IPC_STAT).msg_perm.mode).toBe(0o777);
  },
);

itSlow('GAP-65 a send or receive that fails leaves no trace', async () => {
  const queue = newQueue({ maxBytes: 10 });
  queue.sendSync('gone', { nowait: true });
  queue.receiveSync({ nowait: true });
  queue.sendSync('ten bytes!', { nowait: true });
  const before = msgctl(queue.id, IPC_STAT);
  expect(before).toMatchObject({ msg_lspid: process.pid, msg_lrpid: process.pid });

  // Another process, whose id would show.
  const failures = await inChild(({ sysvmq, failure }, id) => {
    const { msgsnd, msgrcv, IPC_NOWAIT } = sysvmq;
    return [
      failure(() => msgsnd(id, { mtype: 1, mtext: 'more' }, IPC_NOWAIT)),
      failure(() => msgsnd(id, { mtype: 1, mtext: Buffer.alloc(sysvmq.getLimits().msgmax + 1) }, IPC_NOWAIT)),
      failure(() => msgrcv(id, 100, 2, IPC_NOWAIT)),
      failure(() => msgrcv(id, 9, 0, IPC_NOWAIT)),
    ];
  }, queue.id);
  expect(failures).toMatchObject([
    { name: 'QueueFullError', code: 'EAGAIN' },
    { name: 'MessageTooLargeError', code: 'EINVAL' },
    { name: 'NoMessageError', code: 'ENOMSG' },
    { name: 'BufferTooSmallError', code: 'E2BIG' },
  ]);
  expect(msgctl(queue.id, IPC_STAT)).toEqual(before);
});
