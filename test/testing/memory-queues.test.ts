/** useMemoryQueues of sysvmq/testing: how it begins and ends, and what it refuses. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  getLimits,
  IPC_PRIVATE,
  isSupported,
  listConsumers,
  listQueues,
  MessageQueue,
  MessageTooLargeError,
  msgget,
  msgrcv,
  QueueBytesLimitError,
  QueueCountLimitError,
  QueueRemovedError,
  readProcLimits,
  setLimits,
  TimeoutError,
  UnsupportedError,
} from '../../lib/index';
import { type MemoryQueues, useMemoryQueues } from '../../lib/testing/index';
import { until } from '../support/child';
import { remainingQueues } from '../support/namespace';
import { beforeQueuesGo, freshKey, newQueue } from '../support/queues';
import { RUNNERS, runInProject } from '../support/runner-project';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

let memory: MemoryQueues | undefined;
beforeEach(() => beforeQueuesGo(() => memory?.restore()));

it('no queue of the kernel is made or seen, and those of the kernel are there again afterwards', async () => {
  const ofKernel = newQueue();
  ofKernel.trySend('in the kernel');
  const key = freshKey();
  memory = useMemoryQueues();
  const queue = MessageQueue.create(key);
  const received = queue.receive();
  await queue.send('in memory', { type: 2n ** 62n });
  expect([(await received).data.toString(), (await received).typeBigInt]).toEqual(['in memory', 2n ** 62n]);
  expect(listQueues().map(({ id }) => id)).toEqual([queue.id]);
  expect(() => ofKernel.tryReceive()).toThrow(QueueRemovedError);
  expect(remainingQueues()).toEqual([ofKernel.id]);
  memory.restore();
  expect(MessageQueue.exists(key)).toBe(false);
  expect(ofKernel.tryReceive()?.data.toString()).toBe('in the kernel');
});

it('a second use begins with no queues', () => {
  memory = useMemoryQueues();
  MessageQueue.createPrivate();
  expect(() => useMemoryQueues()).toThrow(expect.objectContaining({ code: 'ERR_QUEUES_IN_USE' }));
  memory.restore();
  memory = useMemoryQueues();
  expect(listQueues()).toEqual([]);
});

it('useMemoryQueues does not begin or end while a call waits', async () => {
  const inUse = expect.objectContaining({ code: 'ERR_QUEUES_IN_USE' });
  const ofKernel = newQueue();
  const first = ofKernel.receive();
  expect(() => useMemoryQueues()).toThrow(inUse);
  ofKernel.trySend('');
  await first;
  memory = useMemoryQueues();
  const queue = MessageQueue.createPrivate();
  const waiting = queue.receive();
  expect(() => memory?.restore()).toThrow(inUse);
  queue.remove();
  await expect(waiting).rejects.toThrow(QueueRemovedError);
});

it('queues in memory have the limits they are given, and their errors', () => {
  memory = useMemoryQueues({ msgmni: 1, msgmax: 10, msgmnb: 20 });
  expect(isSupported()).toBe(true);
  expect(getLimits()).toMatchObject({ msgmni: 1, msgmax: 10, msgmnb: 20 });
  const queue = MessageQueue.createPrivate();
  expect(() => MessageQueue.createPrivate()).toThrow(QueueCountLimitError);
  expect(() => queue.trySend('eleven byte')).toThrow(MessageTooLargeError);
  expect(() => queue.set({ maxBytes: 21 })).toThrow(QueueBytesLimitError);
  expect([queue.trySend('ten bytes.'), queue.trySend('ten bytes.'), queue.trySend('.')]).toEqual([true, true, false]);
  for (const options of [{ msgmax: -1 }, { msgmni: 0.5 }, { msgmbn: 5 }]) {
    expect(() => useMemoryQueues(options as never)).toThrow();
  }
});

it('a queue in memory blocks the thread up to a timeout, and refuses to block it without one', () => {
  memory = useMemoryQueues();
  const queue = MessageQueue.createPrivate({ maxBytes: 1 });
  expect(() => queue.receiveSync()).toThrow(UnsupportedError);
  expect(() => queue.receiveSync({ timeout: 150 })).toThrow(TimeoutError);
  queue.sendSync('x');
  expect(() => queue.sendSync('x')).toThrow(UnsupportedError);
  expect(() => queue.sendSync('x', { timeout: 1 })).toThrow(TimeoutError);
  expect(() => msgrcv(msgget(IPC_PRIVATE, 0o600), 10)).toThrow(UnsupportedError);
});

it('queues in memory refuse calls that need the kernel', async () => {
  memory = useMemoryQueues();
  expect(() => setLimits({ msgmni: 5 })).toThrow(UnsupportedError);
  expect(() => readProcLimits()).toThrow(UnsupportedError);
});

it('a consumer has retries and dead letters, and leaves what it has in hand to the next', async () => {
  memory = useMemoryQueues();
  const queue = MessageQueue.create(freshKey());
  const dead = MessageQueue.createPrivate();
  const tries: string[] = [];
  const first = queue.consume(
    ({ data }, { attempt, id }) => {
      tries.push(`${data} ${attempt} ${id}`);
      if (`${data}` === 'poison' || attempt === 1) throw new Error('not now');
    },
    { attempts: 2, retryDelay: 0, deadLetter: dead },
  );
  expect(() => memory?.restore()).toThrow(expect.objectContaining({ code: 'ERR_QUEUES_IN_USE' }));
  await queue.send('good');
  await queue.send('poison', { type: 7 });
  const { data, type } = await dead.receive();
  expect([`${data}`, type, tries.length, new Set(tries).size]).toEqual(['poison', 7, 4, 4]);
  await first.close();

  const stuck = queue.consume(() => new Promise(() => {}));
  await queue.send('left in hand');
  await until('it is in hand', () => listConsumers().some(({ alive, messages }) => alive && messages.length === 1));
  await stuck.close({ timeout: 1 });
  expect(listConsumers()).toMatchObject([{ alive: false, messages: [{ length: 12, attempts: 1 }] }]);
  const found = await new Promise<string>((resolve) => {
    queue.consume((message, { attempt }) => {
      resolve(`${message.data} ${attempt}`);
    });
  });
  expect(found).toBe('left in hand 2');
  queue.close();
  await until('the consumer has ended', () => listConsumers().length === 0);
});

itSlow('a process without an addon waits, restores and ends', () => {
  const code = `
    const { MessageQueue } = require('sysvmq');
    const memory = require('sysvmq/testing').useMemoryQueues();
    const queue = MessageQueue.createPrivate();
    setTimeout(() => queue.trySend('waited for'), 1);
    queue.receive().then(({ data }) => {
      queue.remove();
      memory.restore();
      console.log(data.toString());
    });`;
  const options = { cwd: join(__dirname, '..', '..'), env: { ...process.env, SYSVMQ_BUILD_DIR: 'no-such-build' } };
  expect(execFileSync(process.execPath, ['-e', code], { ...options, encoding: 'utf8' })).toBe('waited for\n');
});

/** Setup files as docs/testing.md has them, by runner. */
const SETUPS: Record<keyof typeof RUNNERS, { files: Record<string, string>; command: readonly string[] }> = {
  'node:test': { files: {}, command: [process.execPath, '--import', './memory-queues.mjs', '--test'] },
  Jest: {
    files: {
      'package.json': '{ "private": true, "jest": { "setupFiles": ["./memory-queues.cjs"] } }',
      'memory-queues.cjs': "require('sysvmq/testing').useMemoryQueues();\n",
    },
    command: RUNNERS.Jest,
  },
  Vitest: {
    files: {
      'vitest.config.mjs': "export default { test: { globals: true, setupFiles: ['./memory-queues.mjs'] } };\n",
    },
    command: RUNNERS.Vitest,
  },
};

const FILE = 'in-memory.test.js';
const PROJECT = {
  'memory-queues.mjs': "import { useMemoryQueues } from 'sysvmq/testing';\n\nuseMemoryQueues();\n",
  [FILE]: `
const test = globalThis.test ?? require('node:test').test;
const { MessageQueue } = require('sysvmq');
test('a message arrives', async () => {
  const queue = MessageQueue.create(0x5eed0901);
  const received = queue.receive();
  await queue.send('in memory');
  console.log((await received).data.toString() + ', ' + (queue.id >= 2 ** 29));
});
`,
};

for (const [name, { files, command }] of Object.entries(SETUPS)) {
  itSlow(`a setup file of ${name} puts the queues in memory, without any addon`, () => {
    const { status, output } = runInProject({
      files: { ...PROJECT, ...files },
      command: [...command, FILE],
      withoutAddon: true,
    });
    expect([status, output]).toEqual([0, expect.stringContaining('in memory, true')]);
  });
}
