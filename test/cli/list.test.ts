/** sysvmq list, against what /proc/sysvipc/msg says. */

import { MessageQueue } from '../../lib/index';
import { startChild, until } from '../support/child';
import { jsonOf, outputOf, runCommand, startCommand } from '../support/command';
import { remainingQueues } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue, newQueueId, removeAfterTest } from '../support/queues';
import { Screen, screenNeeds } from '../support/screen';
import { itSlow, slow } from '../support/slow';
import { threadsInKernel } from '../support/waiting-threads';

const ids = (output: string): number[] => [...output.matchAll(/^ *(\d+) /gm)].map(([, id]) => Number(id));

it('sysvmq list lists every queue with its key, owner, mode, messages, bytes and fill', () => {
  const queue = newQueue({ mode: 0o640, maxBytes: 1000 });
  queue.trySend('x'.repeat(250));
  const output = outputOf(['list']);
  expect(ids(output)).toEqual(remainingQueues());
  const key = queue.key.toString(16).padStart(8, '0');
  expect(output).toMatch(
    /^ *ID +KEY +OWNER +MODE +MESSAGES +BYTES +MAX +FILL +SENT +RECEIVED +SENDER +RECEIVER +WAITING$/m,
  );
  expect(output).toMatch(
    new RegExp(
      `^ *${queue.id} +0x${key} +root +640 +1 +250 +1000 +25% +\\d+s ago +never +node.* ${process.pid} +- +-$`,
      'm',
    ),
  );
});

itSlow('sysvmq list prints the head alone when there is no queue', () => {
  expect(outputOf(['list'])).toMatch(/^ID .*WAITING\n$/);
});

itSlow('sysvmq list prints one JSON document with numbers as numbers', () => {
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
      lastSender: { pid: process.pid, state: 'alive', command: expect.stringMatching(/^node/) },
      lastReceiver: { pid: 0, state: 'none' },
      waiters: [],
      inHand: 0,
    },
  ]);
});

itSlow('sysvmq list names the processes that wait, not their threads', async () => {
  const queue = newQueue();
  const full = newQueue({ maxBytes: 1 });
  full.trySend('x');
  const receivers = [0, 1].map(() => startCommand(['receive', `${queue.id}`]));
  const sender = startCommand(['send', `${full.id}`, 'y']);
  await Promise.all([...receivers.map((each) => each.waits('sysvmq-recv')), sender.waits('sysvmq-send')]);
  const output = outputOf(['list', '--columns', 'id,waiting', '--noheadings']);
  expect(output).toMatch(new RegExp(`^ *${queue.id}  recv node[^,]*×2\\n *${full.id}  send node[^,]*\\n$`));
  const [{ waiters }] = JSON.parse(outputOf(['list', '--json', '--columns', 'waiting'])) as [{ waiters: object[] }];
  expect(waiters).toHaveLength(2);
  expect(waiters).toContainEqual(
    expect.objectContaining({
      pid: receivers[0]?.pid,
      syscall: 'msgrcv',
      processName: expect.stringMatching(/^node/),
      command: 'sysvmq-recv',
    }),
  );
  const { stdout } = runCommand(['stat', `${queue.id}`]);
  for (const { pid } of receivers)
    expect(stdout).toMatch(new RegExp(`^(waiting)? +${pid} \\(node.*\\) to receive$`, 'm'));
});

itSlow('sysvmq list names the process that received last, where a thread of it had waited', async () => {
  const queue = newQueue();
  const child = startChild(async ({ sysvmq, told }, id) => {
    await sysvmq.MessageQueue.attach(id, { spin: 0 }).receive();
    await told();
  }, queue.id);
  await until('it waits', () => threadsInKernel('sysvmq-recv', child.pid).length > 0);
  queue.trySend('x');
  await until('it has it', () => queue.stat().lastReceiverPid !== 0);
  const [{ lastReceiver }] = jsonOf(['list', '--columns', 'receiver']) as [{ lastReceiver: object }];
  expect(lastReceiver).toMatchObject({ pid: child.pid, state: 'alive', command: expect.stringMatching(/^node/) });
  child.tell('end');
  await child.result;
});

itSlow('sysvmq list --columns chooses columns and their order, for text and JSON alike', () => {
  const queue = newQueue({ maxBytes: 100 });
  queue.trySend('x'.repeat(50));
  const width = Math.max(2, `${queue.id}`.length);
  expect(outputOf(['list', '--columns', 'fill,ID, messages'])).toBe(
    `FILL  ${'ID'.padStart(width)}  MESSAGES\n 50%  ${`${queue.id}`.padStart(width)}         1\n`,
  );
  expect(outputOf(['list', '--columns', 'fill,id', '--noheadings'])).toBe(`50%  ${queue.id}\n`);
  expect(jsonOf(['list', '--columns', 'key,fill'])).toEqual([
    { key: queue.key, keyHex: `0x${queue.key.toString(16)}`, fill: 0.5 },
  ]);
});

itNeeds(slow(screenNeeds), 'on a narrow terminal sysvmq list shows the columns that it has room for', async () => {
  newQueue();
  const narrow = new Screen(['list']);
  await narrow.shows('ended with 0');
  expect(narrow.text()).toMatch(/^ *ID .* FILL .*WAITING\n *\d+ .*\n/m);
  expect(narrow.text()).not.toContain('OWNER');
  const wide = new Screen(['list'], { width: 200 });
  await wide.shows('ended with 0');
  expect(wide.text()).toMatch(/^ *ID .*OWNER .*MAX .*WAITING\n/m);
});

it('sysvmq list prints an empty JSON array when there is no queue', () => {
  expect(jsonOf(['list'])).toEqual([]);
});

itSlow('sysvmq list sorts by fill, the fullest first, and with --reverse the emptiest', () => {
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

itSlow.each<[order: string, places: number[]]>([
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

itNeeds(slow(otherUsers), 'sysvmq list sorts by owner', () => {
  const [first, second, third] = queuesWithKeys(30, 20, 10);
  first.set({ uid: 2_000_000 });
  third.set({ uid: 1_000_000 });
  expect(ids(outputOf(['list', '--sort', 'owner']))).toEqual([second.id, third.id, first.id]);
});

itSlow('sysvmq list shows the queue with one key, and those that are full enough', () => {
  const [, full] = [newQueue({ maxBytes: 100 }), newQueue({ maxBytes: 100 })] as const;
  full.trySend('x'.repeat(80));
  expect(ids(outputOf(['list', '--key', `0x${full.key.toString(16)}`]))).toEqual([full.id]);
  expect(ids(outputOf(['list', '--min-fill', '80']))).toEqual([full.id]);
  expect(ids(outputOf(['list', '--min-fill', '81%']))).toEqual([]);
});

itSlow('sysvmq list shows the queues of one user, by name and by number', () => {
  const id = newQueueId();
  const others = newQueue();
  others.set({ uid: 65534 });
  expect(ids(outputOf(['list', '--owner', 'nobody']))).toEqual([others.id]);
  expect(ids(outputOf(['list', '--owner', '0']))).toEqual([id]);
});

itSlow('an unknown user, field or percentage is wrong usage, and says which', () => {
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
  expect(runCommand(['list', '--columns', 'id,size'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('There is no column "size". Columns are id, key, '),
  });
  expect(runCommand(['list', '--min-fill', 'half'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('percentage'),
  });
});
