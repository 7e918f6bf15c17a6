/** sysvmq list, against what /proc/sysvipc/msg says. */

import { MessageQueue } from '../../lib/index';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { remainingQueues } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue, newQueueId, removeAfterTest } from '../support/queues';

const ids = (output: string): number[] => [...output.matchAll(/^ *(\d+) /gm)].map(([, id]) => Number(id));

it('sysvmq list lists every queue with its key, owner, mode, messages, bytes and fill', () => {
  const queue = newQueue({ mode: 0o640, maxBytes: 1000 });
  queue.trySend('x'.repeat(250));
  const output = outputOf(['list']);
  expect(ids(output)).toEqual(remainingQueues());
  const key = queue.key.toString(16).padStart(8, '0');
  expect(output).toMatch(/^ *ID +KEY +OWNER +MODE +MESSAGES +BYTES +MAX +FILL +SENT +RECEIVED$/m);
  expect(output).toMatch(new RegExp(`^ *${queue.id} +0x${key} +root +640 +1 +250 +1000 +25% +\\d+s ago +never$`, 'm'));
});

it('sysvmq list prints the head alone when there is no queue', () => {
  expect(outputOf(['list'])).toMatch(/^ID .*RECEIVED\n$/);
});

it('sysvmq list prints one JSON document with numbers as numbers', () => {
  const queue = newQueue({ maxBytes: 200 });
  queue.trySend('x'.repeat(50), { type: 9 });
  const { uid, gid, lastSentAt, changedAt } = queue.stat();
  expect(jsonOf(['list'])).toEqual([
    {
      id: queue.id,
      key: queue.key,
      keyHex: `0x${queue.key.toString(16)}`,
      uid,
      gid,
      creatorUid: uid,
      creatorGid: gid,
      mode: 0o600,
      sequence: expect.any(Number),
      messageCount: 1,
      usedBytes: 50,
      maxBytes: 200,
      lastSenderPid: process.pid,
      lastReceiverPid: 0,
      lastSentAt: lastSentAt?.toISOString(),
      lastReceivedAt: null,
      changedAt: changedAt?.toISOString(),
      fill: 0.25,
    },
  ]);
});

it('sysvmq list prints an empty JSON array when there is no queue', () => {
  expect(jsonOf(['list'])).toEqual([]);
});

it('sysvmq list sorts by fill, the fullest first, and with --reverse the emptiest', () => {
  const [third, first, second] = [10, 90, 50].map((percent) => {
    const queue = newQueue({ maxBytes: 100 });
    queue.trySend('x'.repeat(percent));
    return queue.id;
  });
  expect(ids(outputOf(['list', '--sort', 'fill']))).toEqual([first, second, third]);
  expect(ids(outputOf(['list', '--sort', 'fill', '--reverse']))).toEqual([third, second, first]);
});

function queuesWithKeys(...keys: number[]): [MessageQueue, MessageQueue, MessageQueue] {
  const queues = keys.map((key) => MessageQueue.create(key));
  for (const { id } of queues) removeAfterTest(id);
  return queues as [MessageQueue, MessageQueue, MessageQueue];
}

it.each<[order: string, places: number[]]>([
  ['id', [0, 1, 2]],
  ['key', [2, 1, 0]],
  ['messages', [1, 2, 0]],
  ['bytes', [2, 0, 1]],
])('sysvmq list sorts by %s', (order, places) => {
  const queues = queuesWithKeys(30, 20, 10);
  const [first, second, third] = queues;
  first.trySend('x'.repeat(10));
  for (let message = 0; message < 3; message++) second.trySend('x');
  for (let message = 0; message < 2; message++) third.trySend('x'.repeat(10));
  expect(ids(outputOf(['list', '--sort', order]))).toEqual(places.map((place) => queues[place]?.id));
});

itNeeds(otherUsers, 'sysvmq list sorts by owner', () => {
  const [first, second, third] = queuesWithKeys(30, 20, 10);
  first.set({ uid: 2_000_000 });
  third.set({ uid: 1_000_000 });
  expect(ids(outputOf(['list', '--sort', 'owner']))).toEqual([second.id, third.id, first.id]);
});

it('sysvmq list shows the queue with one key, and those that are full enough', () => {
  const [, full] = [newQueue({ maxBytes: 100 }), newQueue({ maxBytes: 100 })] as const;
  full.trySend('x'.repeat(80));
  expect(ids(outputOf(['list', '--key', `0x${full.key.toString(16)}`]))).toEqual([full.id]);
  expect(ids(outputOf(['list', '--min-fill', '80']))).toEqual([full.id]);
  expect(ids(outputOf(['list', '--min-fill', '81%']))).toEqual([]);
});

it('sysvmq list shows the queues of one user, by name and by number', () => {
  const id = newQueueId();
  const others = newQueue();
  others.set({ uid: 65534 });
  expect(ids(outputOf(['list', '--owner', 'nobody']))).toEqual([others.id]);
  expect(ids(outputOf(['list', '--owner', '0']))).toEqual([id]);
});

it('an unknown user, field or percentage is wrong usage, and says which', () => {
  expect(runCommand(['list', '--owner', 'nobody-of-this-name'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('There is no user nobody-of-this-name'),
  });
  expect(runCommand(['list', '--sort', 'size'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /^sysvmq list: option '--sort <field>' argument 'size' is invalid\. Allowed choices are id, /,
    ),
  });
  expect(runCommand(['list', '--min-fill', 'half'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('percentage'),
  });
});
