/** sysvmq top where there is no terminal. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, startCommand } from '../support/command';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');
const quick = ['--interval', '50ms'];

it('sysvmq top --json prints a document a sample, with rates from the second on', async () => {
  const queue = newQueue({ maxBytes: 100 });
  queue.trySend('ten bytes!');
  const top = startCommand(['top', '--json', ...quick]);
  await top.printed('\n');
  queue.trySend('ten bytes!');
  const samples = (): Record<string, unknown>[] =>
    top.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  await top.printed('"messageCount":2');
  await top.printed('"messagesPerSecond":0,"bytesPerSecond":0}]}\n');
  const { signal, stderr } = await top.kill('SIGINT');
  expect({ signal, stderr }).toEqual({ signal: 'SIGINT', stderr: '' });
  expect(samples()[0]).toMatchObject({
    at: expect.any(String),
    limits: { msgmni: 32000 },
    usage: { queues: 1, messages: 1, bytes: 10 },
    queues: [{ id: queue.id, key: queue.key, messageCount: 1, fill: 0.1, messagesPerSecond: 0, bytesPerSecond: 0 }],
  });
  const rates = samples().map(({ queues }) => (queues as { messagesPerSecond: number }[])[0]?.messagesPerSecond ?? 0);
  expect(rates.some((rate) => rate > 0 && rate <= 20)).toBe(true);
});

itSlow('sysvmq top ends after --count samples; it sorts and filters', () => {
  const [empty, full] = [newQueue(), newQueue({ maxBytes: 4 })] as const;
  full.trySend('full');
  const { status, stdout } = runCommand(['top', '--json', '--count', '2', ...quick]);
  expect(status).toBe(0);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ queues }) => queues.map(({ id }: { id: number }) => id))).toEqual([
    [full.id, empty.id],
    [full.id, empty.id],
  ]);
  const filtered = runCommand(['top', '--json', '--count', '1', '--filter', `0x${(empty.key >>> 0).toString(16)}`]);
  expect(JSON.parse(filtered.stdout).queues).toEqual([expect.objectContaining({ id: empty.id })]);
});

itSlow('sysvmq top ends when its reader is gone', () => {
  const script = `"$@" | head -n 1 > /dev/null; echo "\${PIPESTATUS[0]}"`;
  const command = [process.execPath, join(root, 'dist', 'cli', 'main.js'), 'top', '--json', ...quick];
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...command], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect({ stdout, stderr }).toEqual({ stdout: '141\n', stderr: '' });
});

itSlow.each([
  [[], 'With --json it prints samples anywhere.'],
  [['--interval', '10ms'], 'Expected 50ms at least.'],
  [['--sort', 'colour'], 'Allowed choices are fill, messages, bytes, rate, id, owner, sent'],
  [['--count', '0'], 'whole number from 1'],
])('sysvmq top refuses %j where there is no terminal', (args, words) => {
  const { status, stdout, stderr } = runCommand(['top', ...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(words);
});

it('the package needs nothing but commander and bindings, top included', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(Object.keys(dependencies).sort()).toEqual(['bindings', 'commander']);
});
