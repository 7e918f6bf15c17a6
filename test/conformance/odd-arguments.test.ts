/** Odd flags, ids and sizes: rows GAP-04, 10, 20 and 25 of the conformance catalogue. */

import {
  IPC_CREAT,
  IPC_INFO,
  IPC_NOWAIT,
  IPC_SET,
  IPC_STAT,
  MSG_INFO,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
} from '../../lib/syscalls';
import { failure } from '../support/failure';
import { readLimit } from '../support/namespace';
import { freshKey, newQueueId, removeAfterTest } from '../support/queues';

const outOfRange = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

/** Tries to set msg_qbytes: the error, and the state of the queue before and after. */
function trySize(msg_qbytes: number) {
  const id = newQueueId();
  const before = msgctl(id, IPC_STAT);
  const error = failure(() => msgctl(id, IPC_SET, { msg_perm: before.msg_perm, msg_qbytes }));
  return { before, error, after: msgctl(id, IPC_STAT) };
}

it('GAP-04 flags that the kernel does not know are ignored', () => {
  const unknown = ~0o77777;

  const id = removeAfterTest(msgget(freshKey(), unknown | IPC_CREAT | 0o600));
  msgsnd(id, { mtype: 1, mtext: 'hello' }, unknown | IPC_NOWAIT);
  const message = msgrcv(id, 5, 0, unknown | IPC_NOWAIT);

  expect(message.mtext.toString()).toBe('hello');
  expect(msgctl(id, IPC_STAT).msg_perm.mode).toBe(0o600);
});

it('GAP-10 the limits can be asked of any id, also an unknown one, but not of −1', () => {
  for (const cmd of [IPC_INFO, MSG_INFO] as const) {
    expect(msgctl(0x7fffffff, cmd).msgmax).toBe(readLimit('msgmax'));
    expect(failure(() => msgctl(-1, cmd))).toMatchObject(outOfRange);
  }
});

// The kernel passes the 64-bit field through an int: it would store 0 and 4096.
it('GAP-20 a msg_qbytes of 2^32 or more is refused, and changes nothing', () => {
  for (const msg_qbytes of [2 ** 32, 2 ** 32 + 4096]) {
    const { before, error, after } = trySize(msg_qbytes);
    expect(error).toMatchObject(outOfRange);
    expect(after).toEqual(before);
  }
});

// With CAP_SYS_RESOURCE the kernel would store 2^64 − 2^31 and 2^64 − 1: a queue without a limit.
it('GAP-25 a msg_qbytes that does not fit an int is refused, and changes nothing', () => {
  for (const msg_qbytes of [2 ** 31, 2 ** 32 - 1]) {
    const { before, error, after } = trySize(msg_qbytes);
    expect(error).toMatchObject(outOfRange);
    expect(after).toEqual(before);
  }
});
