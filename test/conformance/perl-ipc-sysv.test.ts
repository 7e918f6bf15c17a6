/** What the tests of Perl's IPC::Msg and IPC::SysV say: one message there and back, and ftok. Rows PRL-01 to PRL-13. */

import {
  codecs,
  ftok,
  IPC_NOWAIT,
  IPC_PRIVATE,
  IPC_STAT,
  MessageQueue,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
} from '../../lib/index';
import { failure } from '../support/failure';
import { remainingQueues } from '../support/namespace';
import { newQueue, newQueueId, removeAfterTest } from '../support/queues';

function queueWithHello(): MessageQueue<string> {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.sendSync('hello', { type: 1, nowait: true });
  return queue;
}

describe('IPC::Msg', () => {
  it('PRL-01 a private queue of mode 0777 is made, and a handle of it', () => {
    const queue = MessageQueue.attach(removeAfterTest(msgget(IPC_PRIVATE, 0o777)));
    expect(queue).toBeInstanceOf(MessageQueue);
    expect(queue.stat()).toMatchObject({ key: IPC_PRIVATE, mode: 0o777, messageCount: 0 });
  });

  it('PRL-02 a message is sent without waiting', () => {
    expect(newQueue().trySend('hello', { type: 1 })).toBe(true);
  });

  it('PRL-03 the state counts the message that was sent', () => {
    expect(queueWithHello().stat().messageCount).toBe(1);
  });

  it('PRL-04 a message is received without waiting, with its type and its text', () => {
    expect(queueWithHello().tryReceive()).toMatchObject({ type: 1, data: 'hello' });
  });

  it('PRL-05 the state of a drained queue counts nothing', () => {
    const queue = queueWithHello();
    queue.tryReceive();
    expect(queue.stat()).toMatchObject({ messageCount: 0, usedBytes: 0 });
  });

  it('PRL-06 remove takes the queue out of the kernel', () => {
    const queue = newQueue();
    queue.remove();
    expect(remainingQueues()).not.toContain(queue.id);
  });
});

describe('the calls', () => {
  it('PRL-07 msgget makes a private queue, whose id is 0 or more', () => {
    const id = removeAfterTest(msgget(IPC_PRIVATE, 0o700));
    expect(id).toBeGreaterThanOrEqual(0);
    expect(remainingQueues()).toEqual([id]);
  });

  it('PRL-08 IPC_STAT fills the whole struct of a queue that was sent a message', () => {
    const id = newQueueId();
    msgsnd(id, { mtype: 1, mtext: 'hello' }, IPC_NOWAIT);
    const euid = process.geteuid?.();
    const egid = process.getegid?.();
    expect(msgctl(id, IPC_STAT)).toEqual({
      msg_perm: {
        key: IPC_PRIVATE,
        uid: euid,
        gid: egid,
        cuid: euid,
        cgid: egid,
        mode: 0o600,
        seq: expect.any(Number),
      },
      msg_stime: expect.any(Number),
      msg_rtime: 0,
      msg_ctime: expect.any(Number),
      msg_cbytes: 5,
      msg_qnum: 1,
      msg_qbytes: 16384,
      msg_lspid: process.pid,
      msg_lrpid: 0,
    });
  });

  it('PRL-09 msgrcv into 256 bytes gives the type and the text that msgsnd was given', () => {
    const id = newQueueId();
    msgsnd(id, { mtype: 1, mtext: 'hello' }, IPC_NOWAIT);
    expect(msgrcv(id, 256, 0, IPC_NOWAIT)).toEqual({ mtype: 1, mtypeBigInt: 1n, mtext: Buffer.from('hello') });
  });
});

describe('ftok', () => {
  it('PRL-10 there is no project id of its own, where Perl takes 1: leaving it out is refused', () => {
    const withoutProject = ftok as (path: string) => number;
    expect(failure(() => withoutProject(__filename))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringContaining('"projectId"'),
    });
  });

  it('PRL-11 a character and its code are the same project id', () => {
    expect(ftok(__filename, 'A')).toBe(ftok(__filename, 65));
  });

  it('PRL-12 a digit is a character, and not the number that it spells', () => {
    expect(ftok(__filename, '2')).toBe(ftok(__filename, '2'.charCodeAt(0)));
    expect(ftok(__filename, Number('2'))).toBe(ftok(__filename, 2));
    expect(ftok(__filename, '2')).not.toBe(ftok(__filename, 2));
  });

  it('PRL-13 two characters, or a number with a fraction, are no project id', () => {
    for (const projectId of ['AA', 2.5]) {
      expect(failure(() => ftok(__filename, projectId))).toMatchObject({
        name: 'RangeError',
        code: 'ERR_OUT_OF_RANGE',
        message: expect.stringContaining('"projectId"'),
      });
    }
  });
});
