/** One program with every kind of call, under the rights that programs have: what it gets is named for each of them. */

import { MessageQueue } from '../../lib/index';
import { compileC } from '../support/c-program';
import { type ChildContext, type ChildOptions, inChild, nobody } from '../support/child';
import { itNeeds, noSysResource, otherUsers, program } from '../support/needs';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

type Outcomes = Record<string, string>;

/** Each call's outcome: 'done', or the error's class, code and system call. */
async function tour(
  { sysvmq }: ChildContext,
  { key, foreignId }: { key: number; foreignId: number },
): Promise<Outcomes> {
  const { MessageQueue } = sysvmq;
  const outcomes: Outcomes = {};
  const attempt = async <Result>(name: string, call: () => Result | Promise<Result>): Promise<Result | undefined> => {
    try {
      const result = await call();
      outcomes[name] = 'done';
      return result;
    } catch (error) {
      const { name: className, code, syscall } = error as NodeJS.ErrnoException;
      outcomes[name] = `${className} ${code} ${syscall}`;
      return undefined;
    }
  };
  const mayWait = { timeout: 500 }; // Only where sends are refused does anything wait.
  const queue = (await attempt('create', () => MessageQueue.create(key))) ?? MessageQueue.attach(foreignId);
  await attempt('trySend', () => queue.trySend('one'));
  await attempt('sendSync', () => queue.sendSync('two', { nowait: true }));
  await attempt('send', () => queue.send('three', mayWait));
  await attempt('sendMany', () => queue.sendMany([{ data: 'four' }, { data: 'five' }], mayWait));
  await attempt('tryReceive', () => queue.tryReceive());
  await attempt('receiveSync', () => queue.receiveSync({ nowait: true }));
  await attempt('receive', () => queue.receive(mayWait));
  await attempt('receiveMany', () => queue.receiveMany({ max: 1, ...mayWait }));
  await attempt('messages', () => queue.messages({ signal: AbortSignal.timeout(500) }).next());
  await attempt('stat', () => queue.stat());
  await attempt('set the mode', () => queue.set({ mode: 0o640 }));
  await attempt('set maxBytes above msgmnb', () => queue.set({ maxBytes: 20_000 }));
  await attempt('getLimits', () => sysvmq.getLimits());
  await attempt('setLimits', () => sysvmq.setLimits({ msgmni: 31_000 }));
  await attempt('listQueues', () => sysvmq.listQueues());
  await attempt('send to a foreign queue', () => MessageQueue.attach(foreignId).send('x', mayWait));
  await attempt('remove a foreign queue', () => MessageQueue.attach(foreignId).remove());
  await attempt('remove', () => queue.remove());
  return outcomes;
}

async function tourUnder(options: ChildOptions): Promise<Outcomes> {
  return inChild(tour, { key: freshKey(), foreignId: newQueue().id }, options);
}

const own =
  'create,trySend,sendSync,send,sendMany,tryReceive,receiveSync,receive,receiveMany,messages,stat,set the mode';
const everything = [...own.split(','), 'getLimits', 'listQueues', 'remove'];
const allDone = Object.fromEntries(everything.map((name) => [name, 'done']));

itNeeds(noSysResource, 'root without CAP_SYS_RESOURCE may do all but go beyond MSGMNB', async () => {
  expect(await tourUnder({})).toEqual({
    ...allDone,
    'set maxBytes above msgmnb': 'QueueBytesLimitError EPERM msgctl',
    setLimits: 'done',
    'send to a foreign queue': 'done',
    'remove a foreign queue': 'done',
  });
});

itNeeds(
  slow(otherUsers),
  'an ordinary user may do all with queues of its own, and nothing with those of others',
  async () => {
    expect(await tourUnder({ user: nobody })).toEqual({
      ...allDone,
      'set maxBytes above msgmnb': 'QueueBytesLimitError EPERM msgctl',
      setLimits: 'QueueAccessError EACCES open',
      'send to a foreign queue': 'QueueAccessError EACCES msgsnd',
      'remove a foreign queue': 'QueueAccessError EPERM msgctl',
    });
  },
);

// What a default container leaves its root of what matters to message queues: neither CAP_SYS_ADMIN nor CAP_SYS_RESOURCE,
// and not CAP_IPC_OWNER.
const containerCapabilities = ['setpriv', '--bounding-set', '-sys_admin,-sys_resource,-ipc_owner'];

itNeeds(
  slow(otherUsers.met ? program('setpriv', 'util-linux') : otherUsers),
  'root with the capabilities of a default container owns what root owns',
  async () => {
    const foreign = newQueue({ mode: 0o600 });
    foreign.set({ uid: 4321, gid: 4321 });
    const outcomes = await inChild(tour, { key: freshKey(), foreignId: foreign.id }, { prefix: containerCapabilities });
    expect(outcomes).toEqual({
      ...allDone,
      'set maxBytes above msgmnb': 'QueueBytesLimitError EPERM msgctl',
      setLimits: 'done', // The files belong to root, which this is.
      'send to a foreign queue': 'done', // The creator of a queue keeps its owner's rights forever.
      'remove a foreign queue': 'done',
    });
  },
);

itNeeds(
  slow(otherUsers),
  'root of a rootless user namespace with an IPC namespace has every right in there, but not beyond MSGMNB, and sees no queues of others',
  async () => {
    const rootless = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'unshare', '--user'];
    expect(await tourUnder({ prefix: [...rootless, '--map-root-user', '--ipc'] })).toEqual({
      ...allDone,
      'set maxBytes above msgmnb': 'QueueBytesLimitError EPERM msgctl',
      setLimits: 'done',
      'send to a foreign queue': 'QueueRemovedError EINVAL msgctl',
      'remove a foreign queue': 'QueueRemovedError EINVAL msgctl',
    });
  },
);

itNeeds(
  slow(otherUsers),
  'root of a rootless user namespace without an IPC namespace is an ordinary user to the queues around it',
  async () => {
    const rootless = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'unshare', '--user'];
    expect(await tourUnder({ prefix: [...rootless, '--map-root-user'] })).toEqual({
      ...allDone,
      'set maxBytes above msgmnb': 'QueueBytesLimitError EPERM msgctl',
      setLimits: 'QueueAccessError EACCES open',
      'send to a foreign queue': 'QueueAccessError EACCES msgsnd',
      'remove a foreign queue': 'QueueAccessError EPERM msgctl',
    });
  },
);

describe.each([
  ['EPERM', 'QueueAccessError'],
  ['ENOSYS', 'UnsupportedError'],
])('a seccomp profile that answers %s', (code, className) => {
  const refused = (syscall: string, names: string[]) =>
    Object.fromEntries(names.map((name) => [name, `${className} ${code} ${syscall}`]));

  itNeeds(slow(program('gcc')), 'to msgsnd: every way to send says so, and none waits', async () => {
    const outcomes = await tourUnder({ prefix: [compileC('refuse-call.c'), 'msgsnd', code] });
    const sends = ['trySend', 'sendSync', 'send', 'sendMany', 'send to a foreign queue'];
    expect(outcomes).toMatchObject({ create: 'done', ...refused('msgsnd', sends), stat: 'done', remove: 'done' });
  });

  itNeeds(slow(program('gcc')), 'to msgrcv: every way to receive says so, and none waits', async () => {
    const outcomes = await tourUnder({ prefix: [compileC('refuse-call.c'), 'msgrcv', code] });
    const receives = ['tryReceive', 'receiveSync', 'receive', 'receiveMany', 'messages'];
    expect(outcomes).toMatchObject({ send: 'done', ...refused('msgrcv', receives), remove: 'done' });
  });

  itNeeds(slow(program('gcc')), 'to msgctl: what asks and changes says so; messages go in and out', async () => {
    const key = freshKey();
    const foreignId = newQueue().id;
    const prefix = [compileC('refuse-call.c'), 'msgctl', code];
    const outcomes = await inChild(tour, { key, foreignId }, { prefix });
    removeAfterTest(MessageQueue.open(key).id);
    expect(outcomes).toMatchObject({
      trySend: 'done',
      send: 'done',
      tryReceive: 'done',
      receive: 'done',
      ...refused('msgctl', ['stat', 'set the mode', 'getLimits', 'remove', 'remove a foreign queue']),
    });
  });

  itNeeds(slow(program('gcc')), 'to msgget: no queue can be made; one whose id is known can be used', async () => {
    const outcomes = await tourUnder({ prefix: [compileC('refuse-call.c'), 'msgget', code] });
    expect(outcomes).toMatchObject({ ...refused('msgget', ['create']), send: 'done', receive: 'done', stat: 'done' });
  });
});
