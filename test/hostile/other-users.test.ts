/** Queues of other users: under the key that one wants, readable or writable only, and under an id that was one's own. */

import { writeFileSync } from 'node:fs';
import { MessageQueue } from '../../lib/index';
import { type ChildContext, inChild, nobody, startChild } from '../support/child';
import { checkpointRestore } from '../support/kernel-features';
import { itNeeds, otherUsers } from '../support/needs';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

const squatter = { uid: 54_321, gid: 54_321 };

/** Another user makes a queue with this key first. */
async function squat(key: number, mode: number): Promise<number> {
  const make = ({ sysvmq }: ChildContext, own: { key: number; mode: number }) =>
    sysvmq.msgget(own.key, sysvmq.IPC_CREAT | sysvmq.IPC_EXCL | own.mode);
  return removeAfterTest(await inChild(make, { key, mode }, { user: squatter }));
}

/** What every way to get at a key says to an ordinary user. */
function ways({ sysvmq, failure }: ChildContext, key: number): unknown {
  const { MessageQueue } = sysvmq;
  const said = (call: () => { stat(): { creatorUid: number } }) => {
    let creatorUid: number | undefined;
    const error = failure(() => {
      creatorUid = call().stat().creatorUid;
    });
    return error === undefined ? `a queue of ${creatorUid}` : `${error['name']} ${error['code']}`;
  };
  return {
    create: said(() => MessageQueue.create(key)),
    open: said(() => MessageQueue.open(key)),
    openOrCreate: said(() => MessageQueue.openOrCreate(key)),
    exists: MessageQueue.exists(key),
  };
}

itNeeds(slow(otherUsers), 'a key that another user took first is refused, not shared', async () => {
  const key = freshKey();
  await squat(key, 0o600);
  expect(await inChild(ways, key, { user: nobody })).toEqual({
    create: 'QueueExistsError EEXIST',
    open: 'QueueAccessError EACCES',
    openOrCreate: 'QueueAccessError EACCES',
    exists: true,
  });
});

itNeeds(
  slow(otherUsers),
  'a key that another user took and opened to all shows its creator, and create() refuses it',
  async () => {
    const key = freshKey();
    await squat(key, 0o666);
    expect(await inChild(ways, key, { user: nobody })).toEqual({
      create: 'QueueExistsError EEXIST',
      open: 'a queue of 54321',
      openOrCreate: 'a queue of 54321',
      exists: true,
    });
  },
);

/** Every call's outcome on a queue of another user. */
async function everyCall({ sysvmq }: ChildContext, id: number): Promise<Record<string, string>> {
  const queue = sysvmq.MessageQueue.attach(id);
  const mayWait = { timeout: 500 };
  const calls: Record<string, () => unknown> = {
    trySend: () => queue.trySend('x'),
    sendSync: () => queue.sendSync('x', mayWait),
    send: () => queue.send('x', mayWait),
    sendMany: () => queue.sendMany([{ data: 'x' }], mayWait),
    tryReceive: () => queue.tryReceive(),
    receiveSync: () => queue.receiveSync(mayWait),
    receive: () => queue.receive(mayWait),
    receiveMany: () => queue.receiveMany({ max: 1, ...mayWait }),
    messages: () => queue.messages({ signal: AbortSignal.timeout(500) }).next(),
    stat: () => queue.stat(),
    set: () => queue.set({ maxBytes: 10 }),
    remove: () => queue.remove(),
  };
  const outcomes: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) {
    try {
      await call();
      outcomes[name] = 'done';
    } catch (error) {
      outcomes[name] = `${(error as Error).name} ${(error as NodeJS.ErrnoException).code}`;
    }
  }
  return outcomes;
}

const readers = ['tryReceive', 'receiveSync', 'receive', 'receiveMany', 'messages', 'stat'];
const writers = ['trySend', 'sendSync', 'send', 'sendMany'];
const all = (names: string[], outcome: string) => Object.fromEntries(names.map((name) => [name, outcome]));
const ownersOnly = all(['set', 'remove'], 'QueueAccessError EPERM');

itNeeds(otherUsers, 'a queue that one may only read gives its messages, and takes none', async () => {
  const queue = newQueue({ mode: 0o644 });
  for (let sent = 0; sent < 5; sent++) queue.sendSync('x', { nowait: true });
  const outcomes = await inChild(everyCall, queue.id, { user: nobody });
  expect(outcomes).toEqual({ ...all(writers, 'QueueAccessError EACCES'), ...all(readers, 'done'), ...ownersOnly });
});

itNeeds(slow(otherUsers), 'a queue that one may only write takes messages, and shows none', async () => {
  const { id } = newQueue({ mode: 0o622 });
  const outcomes = await inChild(everyCall, id, { user: nobody });
  expect(outcomes).toEqual({ ...all(writers, 'done'), ...all(readers, 'QueueAccessError EACCES'), ...ownersOnly });
});

/** Makes a queue, and uses its handle again when it learns that the queue is gone and its id another's. */
async function useOldHandle({ sysvmq, say, told }: ChildContext): Promise<string[]> {
  const queue = sysvmq.MessageQueue.createPrivate();
  const { creatorUid } = queue.stat();
  say('id', queue.id);
  await told();
  const outcomes: string[] = [];
  for (const call of [() => queue.stat().creatorUid === creatorUid, () => queue.trySend('x'), () => queue.send('x')]) {
    try {
      outcomes.push(String((await call()) ?? 'done'));
    } catch (error) {
      outcomes.push(`${(error as Error).name} ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  return outcomes;
}

const reusedIds = checkpointRestore.met ? otherUsers : checkpointRestore;

for (const [title, mode, expected] of [
  ['refused where that is private', 0o600, Array(3).fill('QueueAccessError EACCES')],
  [
    'told by its status where that is open to all: the library cannot tell it from the old one',
    0o666,
    ['false', 'true', 'done'],
  ],
] as const) {
  itNeeds(slow(reusedIds), `a handle whose id has come back as another user’s queue is ${title}`, async () => {
    const child = startChild(useOldHandle, undefined, { user: nobody });
    const id = (await child.said('id')) as number;
    MessageQueue.attach(id).remove();
    // What takes four million queues otherwise.
    writeFileSync('/proc/sys/kernel/msg_next_id', String(id));
    expect(await squat(freshKey(), mode)).toBe(id);
    child.tell('the id is used again');
    expect(await child.result).toEqual(expected);
  });
}
