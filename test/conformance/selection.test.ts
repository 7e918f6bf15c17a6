/** Which message a receive takes. Rows GAP-50 to GAP-52 of the conformance catalogue. */

import { IPC_NOWAIT, IPC_STAT, MSG_EXCEPT, msgctl, msgrcv, msgsnd } from '../../lib/index';
import { startChild } from '../support/child';
import { newQueueId } from '../support/queues';
import { itSlow } from '../support/slow';

const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);

test('GAP-50 a negative type takes the lowest type first and in order, and LONG_MIN is as LONG_MAX', () => {
  const drain = (msgtyp: bigint) => {
    const id = newQueueId();
    const types = [5n, 3n, 9n, 3n, 1n, 7n, 1n, LONG_MAX];
    types.forEach((mtype, position) => {
      msgsnd(id, { mtype, mtext: `at ${position}` }, IPC_NOWAIT);
    });
    return types.map(() => {
      const { mtypeBigInt, mtext } = msgrcv(id, undefined, msgtyp, IPC_NOWAIT);
      return [mtypeBigInt, mtext.toString()];
    });
  };
  const lowestFirst = [
    [1n, 'at 4'],
    [1n, 'at 6'],
    [3n, 'at 1'],
    [3n, 'at 3'],
    [5n, 'at 0'],
    [7n, 'at 5'],
    [9n, 'at 2'],
    [LONG_MAX, 'at 7'],
  ];
  expect(drain(-LONG_MAX)).toEqual(lowestFirst);
  expect(drain(LONG_MIN)).toEqual(lowestFirst);
});

test('GAP-51 MSG_EXCEPT means nothing with a type of 0 or below', () => {
  const takenWith = (msgtyp: number) => {
    const id = newQueueId();
    for (const mtype of [5, 3]) msgsnd(id, { mtype, mtext: '' }, IPC_NOWAIT);
    return msgrcv(id, undefined, msgtyp, IPC_NOWAIT | MSG_EXCEPT).mtype;
  };
  expect({ zero: takenWith(0), belowZero: takenWith(-5) }).toEqual({ zero: 5, belowZero: 3 });
});

itSlow('GAP-52 a receiver that waits for a type up to 5 lets a 6 pass and gets the 5', async () => {
  const id = newQueueId();
  const receiver = startChild(({ sysvmq }, queueId) => sysvmq.msgrcv(queueId, 100, -5).mtype, id);
  await receiver.blockedIn('msgrcv');
  for (const mtype of [6, 5]) msgsnd(id, { mtype, mtext: 'here' }, IPC_NOWAIT);
  expect(await receiver.result).toBe(5);
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(1);
  expect(msgrcv(id, 100, 0, IPC_NOWAIT).mtype).toBe(6);
});
