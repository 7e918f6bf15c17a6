/** sysvmq consumers, recover, receive --acknowledge, and what is in hand in stat and list. */

import { rmSync, writeFileSync } from 'node:fs';
import { listConsumers } from '../../lib/index';
import { startChild, until } from '../support/child';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';
import { Screen, screenNeeds } from '../support/screen';
import { itSlow, slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

// In the folder that the command looks into by itself.
async function leaveInHand(key: number, name: string): Promise<void> {
  const child = startChild(
    ({ sysvmq, say }, options: { key: number; name: string }) => {
      const queue = sysvmq.MessageQueue.open(options.key);
      let begun = 0;
      queue.consume(
        () => {
          begun += 1;
          if (begun === 2) say('in hand');
          return new Promise(() => undefined);
        },
        { name: options.name, concurrency: 2 },
      );
      return new Promise(() => undefined);
    },
    { key, name },
  );
  await child.said('in hand');
  await child.kill();
  await until('its lock is free', () => listConsumers().every((info) => info.name !== name || !info.alive));
}

itSlow('sysvmq consumers, stat and list show what a dead consumer had in hand, and recover puts it back', async () => {
  const queue = newQueue();
  queue.trySend('first', { type: 3 });
  queue.trySend('second', { type: 4 });
  await leaveInHand(queue.key, 'cli-test');
  const found = jsonOf(['consumers']) as { name: string; alive: boolean; messages: { type: number }[] }[];
  const [consumer] = found.filter(({ name }) => name === 'cli-test');
  expect(consumer).toMatchObject({
    alive: false,
    messages: [
      { type: 3, attempts: 1 },
      { type: 4, attempts: 1 },
    ],
  });
  expect(outputOf(['consumers'])).toMatch(/cli-test +\d+ +dead +2/);
  expect(outputOf(['stat', '--id', `${queue.id}`])).toContain('in hand        2');
  expect(outputOf(['list', '--key', `${queue.key}`])).toMatch(/IN HAND\n.* 2\n/);
  const { findings } = jsonOf(['doctor']) as { findings: { name: string; state: string; says: string }[] };
  const finding = findings.find(({ name }) => name === 'consumers');
  expect(finding).toMatchObject({
    state: 'note',
    says: expect.stringMatching(/: cli-test \(queue 0x\w+, 2 messages\)/),
  });
  expect(jsonOf(['recover', '--id', `${queue.id}`, '--name', 'another'])).toMatchObject({ messages: 0 });
  expect(outputOf(['recover', '--id', `${queue.id}`])).toBe(`2 messages put back into queue ${queue.id}\n`);
  expect(queue.tryReceiveMany().map(({ data, type }) => `${type} ${data}`)).toEqual(['3 first', '4 second']);
  expect(listConsumers().filter(({ name }) => name === 'cli-test')).toEqual([]);
});

it('a state folder that is missing, or a file, is refused and not taken for an empty one', () => {
  const folder = temporaryFolder();
  const file = `${folder}/file`;
  writeFileSync(file, '');
  const queue = newQueue();
  for (const verb of [['consumers'], ['recover', '--id', `${queue.id}`], ['bridge', 'status']]) {
    expect(runCommand([...verb, '--state', folder])).toMatchObject({ status: 0 });
    for (const [state, code] of [
      [`${folder}/mistyped`, 'ENOENT'],
      [file, 'ENOTDIR'],
    ] as const) {
      const refused = runCommand([...verb, '--state', state]);
      expect(refused).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(`(${code})`) });
    }
  }
});

itNeeds(slow(screenNeeds), 'on a narrow terminal sysvmq consumers shows the columns that it has room for', async () => {
  const queue = newQueue();
  const name = 'the-consumers-that-send-out-the-invoices-of-the-last-month';
  const consumer = queue.consume(() => undefined, { name });
  const narrow = new Screen(['consumers']);
  await narrow.shows('ended with 0');
  expect(narrow.text()).toMatch(/^QUEUE +NAME +PID +STATE +IN HAND +OLDEST$/m);
  expect(narrow.text()).toMatch(/the-consumers-\S+… +\d+ +alive +0 +never$/m);
  const wide = new Screen(['consumers'], { width: 200 });
  await wide.shows('ended with 0');
  expect(wide.text()).toMatch(new RegExp(`${name} +\\d+ +alive .*`));
  expect(wide.text()).toContain('BYTES');
  await consumer.close();
});

itSlow(
  'sysvmq consumers and bridge status say in a line that there is none, and print an empty document with --json',
  () => {
    const state = ['--state', temporaryFolder()];
    expect(outputOf(['consumers', ...state])).toMatch(/^No consumers: .*\n$/);
    expect(outputOf(['bridge', 'status', ...state])).toMatch(/^No bridges: .*\n$/);
    expect([jsonOf(['consumers', ...state]), jsonOf(['bridge', 'status', ...state])]).toEqual([[], []]);
  },
);

it('sysvmq recover says what a full queue leaves in hand', async () => {
  const queue = newQueue({ maxBytes: 10 });
  queue.trySend('12345');
  queue.trySend('67890');
  await leaveInHand(queue.key, 'full-test');
  queue.trySend('123456');
  const { status, stderr } = runCommand(['recover', '--id', `${queue.id}`]);
  expect(status).toBe(1);
  expect(stderr).toContain('2 messages still in hand');
  queue.tryReceive();
  expect(jsonOf(['recover', '--id', `${queue.id}`])).toMatchObject({ messages: 2, left: 0 });
});

itSlow('sysvmq recover goes on beside airlocks that are damaged, and says so', async () => {
  const queue = newQueue();
  for (const text of ['first', 'second']) queue.trySend(text);
  await leaveInHand(queue.key, 'damaged-test');
  const { file } = listConsumers().find(({ name }) => name === 'damaged-test') as { file: string };
  const damaged = [1, 2].map((number) => file.replace(/-\d+$/, `-${number}00`));
  for (const path of damaged) writeFileSync(path, Buffer.alloc(8192), { mode: 0o600 });
  const { status, stdout, stderr } = runCommand(['recover', '--id', `${queue.id}`]);
  for (const path of damaged) rmSync(path);
  expect({ status, stdout }).toEqual({ status: 1, stdout: `2 messages put back into queue ${queue.id}\n` });
  expect(stderr).toContain('ERR_AIRLOCK_DAMAGED');
  expect(queue.tryReceiveMany().map(({ data }) => data.toString())).toEqual(['first', 'second']);
});
