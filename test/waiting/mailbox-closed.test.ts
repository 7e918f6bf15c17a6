/** A wait holds resources of its JavaScript environment until the last one ends, so that a test runner can drop its modules. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildContext, inChild } from '../support/child';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const root = join(__dirname, '..', '..');

/** Runs `body` in a child; then how many of our async resources live at once, and after at most 20 s. */
function livingAfter(use: string): Promise<{ during: number; atOnce: number; later: number }> {
  const body = async ({ sysvmq, require }: ChildContext, { use }: { use: string }) => {
    const { createHook } = require('node:async_hooks') as typeof import('node:async_hooks');
    const living = new Set<number>();
    createHook({
      init: (id, type) => void (type === 'sysvmq' && living.add(id)),
      destroy: (id) => void living.delete(id),
    }).enable();
    let during = 0;
    const queue = sysvmq.MessageQueue.createPrivate({ spin: 0, autoRemove: true });
    const note = (): void => {
      during = Math.max(during, living.size);
    };
    // It is text, because a test's choice goes to another process.
    const run = new Function('queue', 'note', `return (async () => { ${use} })()`);
    await run(queue, note);
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
    // Node.js reports the end of a resource in a later turn; the ends that are not at once come after seconds.
    for (let turns = 0; turns < 50 && (turns === 0 || living.size > 0); turns++) await turn();
    const atOnce = living.size;
    for (let turns = 0; turns < 2000 && living.size > 0; turns++) await turn();
    return { during, atOnce, later: living.size };
  };
  return inChild(body, { use });
}

const receive = "const got = queue.receive(); note(); queue.trySend('x'); await got;";

it.each([
  ['a receive', `${receive} queue.close();`],
  [
    'a receive that its handle cancels',
    'const got = queue.receive(); note(); queue.close(); await got.catch(() => 0);',
  ],
  [
    'a send',
    "while (queue.trySend('x'.repeat(1000))); const sent = queue.send('x'.repeat(1000)); note(); queue.tryReceiveMany({ max: 99 }); await sent; queue.close();",
  ],
  [
    'messages()',
    "queue.trySend('a'); setTimeout(() => queue.trySend('b'), 20); for await (const m of queue) { note(); if (m.data.toString() === 'b') break; } queue.close();",
  ],
  [
    'waits again and again',
    `for (let round = 0; round < 50; round++) { const again = queue.constructor.attach(queue.id, { spin: 0 }); const got = again.receive(); note(); queue.trySend('x'); await got; again.close(); } queue.close();`,
  ],
])('after %s and close() no async resource of ours is left', async (_, use) => {
  const { during, atOnce } = await livingAfter(use);
  // Otherwise this looks for nothing.
  expect(during).toBeGreaterThan(0);
  expect(atOnce).toBe(0);
});

itSlow('a handle that waited and is never closed keeps no async resource for long', async () => {
  expect(await livingAfter(receive)).toMatchObject({ during: 1, later: 0 });
});

itSlow('a wait that was unreferenced goes on when everything else has gone', async () => {
  const result = await inChild(async ({ sysvmq }) => {
    const queue = sysvmq.MessageQueue.createPrivate({ spin: 0, autoRemove: true });
    const other = sysvmq.MessageQueue.createPrivate({ spin: 0, autoRemove: true }).unref();
    const waits = other.receive();
    for (let round = 0; round < 3; round++) {
      const got = queue.receive();
      queue.trySend('x');
      await got;
    }
    queue.close();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    other.trySend('still there');
    const keepAlive = setTimeout(() => undefined, 20_000);
    const { data } = await waits;
    clearTimeout(keepAlive);
    return data.toString();
  });
  expect(result).toBe('still there');
});

const file = (use: string): string => `
const big = Buffer.alloc(5e6, 1).toString('latin1') + Math.random();
const { MessageQueue } = require(${JSON.stringify(root)});
test('waits', async () => {
  const queue = MessageQueue.createPrivate({ spin: 0 });
  setTimeout(() => queue.trySend('x' + big.length), 1);
  ${use}
  queue.remove();
  queue.close();
});`;

itSlow('test files of Jest that wait are dropped, with what they hold, and leave no open handle', () => {
  const folder = temporaryFolder();
  const uses = ['await queue.receive();', 'for await (const _ of queue) break;', 'await queue.receiveMany();'];
  for (let number = 0; number < 12; number++) {
    writeFileSync(join(folder, `file-${number}.test.js`), file(uses[number % uses.length] as string));
  }
  writeFileSync(join(folder, 'jest.config.js'), "module.exports = { testEnvironment: 'node', transform: {} };");
  const jest = [join(root, 'node_modules/jest/bin/jest.js'), '--rootDir', folder, '--runInBand', '--logHeapUsage'];
  const run = (...more: string[]) => {
    const args = ['--expose-gc', ...jest, ...more];
    return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stderr;
  };
  const output = run();
  expect(output).toContain('12 passed');
  const heaps = [...output.matchAll(/\((\d+) MB heap size\)/g)].map(([, megabytes]) => Number(megabytes));
  expect(heaps).toHaveLength(12);
  // Each holds 5 MB. One or two may not be collected yet.
  expect((heaps.at(-1) as number) - (heaps[0] as number)).toBeLessThan(20);
  const withHandles = run('--detectOpenHandles', 'file-0.test', 'file-1.test');
  expect(withHandles).toContain('2 passed');
  expect(withHandles).not.toMatch(/open handle/);
});
