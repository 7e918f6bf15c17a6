/** sysvmq peek: shows all messages, and takes none. */

import { outputOf, runCommand, runForBytes } from '../support/command';
import { kernelState } from '../support/kernel-state';
import { setLimit } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { textsOf } from '../support/queue-contents';
import { newQueue } from '../support/queues';
import { Screen, screenNeeds } from '../support/screen';
import { itSlow, slow } from '../support/slow';

function mixedQueue() {
  const queue = newQueue();
  queue.trySend('first\tline\nsecond', { type: 3 });
  queue.trySend(Buffer.of(0, 0xff, 0x41), { type: 2n ** 63n - 1n });
  queue.trySend('', { type: 1 });
  queue.trySend('x'.repeat(100), { type: 3 });
  return queue;
}

it('sysvmq peek shows every message in a table, without the characters that control a terminal', () => {
  const queue = mixedQueue();
  const before = kernelState();
  expect(outputOf(['peek', '--id', `${queue.id}`])).toBe(
    [
      'INDEX                 TYPE  BYTES  DATA',
      '    0                    3     17  first\\tline\\nsecond',
      '    1  9223372036854775807      3  \\x00\\xffA',
      '    2                    1      0',
      `    3                    3    100  ${'x'.repeat(59)}…`,
      '',
    ].join('\n'),
  );
  expect(kernelState()).toBe(before);
});

itNeeds(slow(screenNeeds), 'DATA is as wide as the terminal leaves room for, and no wider', async () => {
  const queue = newQueue();
  queue.trySend('x'.repeat(500));
  queue.trySend('\u6f22'.repeat(500));
  const before = 'INDEX  TYPE  BYTES  '.length;
  for (const width of [80, 200]) {
    const screen = new Screen(['peek', `${queue.id}`], { width });
    await screen.shows('ended with 0');
    const [, , ascii, chinese] = screen.lines() as [string, string, string, string];
    expect(ascii.slice(before)).toBe(`${'x'.repeat(width - before - 1)}…`);
    expect(chinese.slice(before)).toBe(`${'\u6f22'.repeat((width - before - 1) / 2)}…`);
    screen.close();
  }
});

it('sysvmq peek --json prints a line for each whole message', () => {
  const queue = mixedQueue();
  const lines = outputOf(['peek', '--id', `${queue.id}`, '--json'])
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { index: 0, type: 3, data: 'first\tline\nsecond' },
    { index: 1, type: '9223372036854775807', base64: 'AP9B' },
    { index: 2, type: 1, data: '' },
    { index: 3, type: 3, data: 'x'.repeat(100) },
  ]);
});

itSlow('sysvmq peek --type, --except, --up-to and --count choose the messages', () => {
  const queue = mixedQueue();
  const indexes = (...args: string[]): number[] =>
    [...outputOf(['peek', '--id', `${queue.id}`, '--json', ...args]).matchAll(/"index":(\d+)/g)].map(([, index]) =>
      Number(index),
    );
  expect(indexes('--type', '3')).toEqual([0, 3]);
  expect(indexes('--type', '9223372036854775807')).toEqual([1]);
  expect(indexes('--except', '3')).toEqual([1, 2]);
  expect(indexes('--up-to', '3')).toEqual([0, 2, 3]);
  expect(indexes('--type', '3', '--count', '1')).toEqual([0]);
  expect(indexes('-n', '2')).toEqual([0, 1]);
});

itSlow('sysvmq peek --raw and --hex print the bytes', () => {
  const queue = mixedQueue();
  const { stdout } = runForBytes(['peek', '--id', `${queue.id}`, '--raw', '-n', '2']);
  expect(stdout).toEqual(Buffer.concat([Buffer.from('first\tline\nsecond'), Buffer.of(0, 0xff, 0x41)]));
  expect(outputOf(['peek', '--id', `${queue.id}`, '--hex', '--up-to', '1'])).toBe('\n');
});

itSlow('an empty queue has a table without messages', () => {
  expect(outputOf(['peek', '--id', `${newQueue().id}`])).toBe('INDEX  TYPE  BYTES  DATA\n');
});

itSlow('a message that is longer than msgmax is now is named, and the others are shown', () => {
  const queue = newQueue();
  queue.trySend('x'.repeat(50));
  queue.trySend('short');
  setLimit('msgmax', 10);
  const { status, stdout, stderr } = runCommand(['peek', '--id', `${queue.id}`]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^ +1 +1 +5 {2}short$/m);
  expect(stderr).toMatch(
    /^sysvmq peek: message 0: The message cannot be copied: it is longer than msgmax is now \(10\).*\n$/,
  );
  expect(textsOf(queue)).toHaveLength(2);
});
