/** sysvmq receive: what is printed, what is left in the queue, and how it ends. */

import { jsonOf, outputOf, runCommand, runForBytes, startCommand } from '../support/command';
import { setLimit } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { textsOf } from '../support/queue-contents';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';
import { Terminal, terminalNeeds } from '../support/terminal';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** A queue with these messages. */
function queueOf(...messages: [type: number | bigint, data: string | Buffer][]) {
  const queue = newQueue();
  for (const [type, data] of messages) queue.trySend(data, { type });
  return queue;
}

it('sysvmq receive takes the next message and prints it with a newline', () => {
  const queue = queueOf([1, 'first'], [1, 'second']);
  expect(outputOf(['receive', '--id', `${queue.id}`])).toBe('first\n');
  expect(textsOf(queue)).toEqual(['second']);
});

itSlow('sysvmq receive --count takes so many, --type, --except and --up-to choose', () => {
  const queue = queueOf([3, 'c'], [1, 'a'], [2, 'b'], [3, 'd'], [5, 'e']);
  const receive = (...args: string[]): string => outputOf(['receive', '--id', `${queue.id}`, '--nowait', ...args]);
  expect(receive('--type', '3', '-n', '2')).toBe('c\nd\n');
  expect(receive('--up-to', '4', '-n', '2')).toBe('a\nb\n');
  queue.trySend('f', { type: 6 });
  expect(receive('--except', '5')).toBe('f\n');
  expect(textsOf(queue)).toEqual(['e']);
});

itSlow('sysvmq receive --raw prints the bytes and nothing else', () => {
  const queue = queueOf([1, everyByte], [1, Buffer.alloc(0)], [1, everyByte]);
  const { status, stdout } = runForBytes(['receive', '--id', `${queue.id}`, '--raw', '-n', '3']);
  expect(status).toBe(0);
  expect(stdout).toEqual(Buffer.concat([everyByte, everyByte]));
});

itSlow('sysvmq receive prints every byte in every format', () => {
  const data = Buffer.of(0x41, 0xff, 0x1b);
  const queue = queueOf([1, data], [1, data], [1, data], [2n ** 63n - 1n, data], [7, 'grüße\n']);
  const receive = (...args: string[]): Buffer => runForBytes(['receive', '--id', `${queue.id}`, ...args]).stdout;
  expect(receive()).toEqual(Buffer.of(0x41, 0xff, 0x1b, 0x0a));
  expect(receive('--null')).toEqual(Buffer.of(0x41, 0xff, 0x1b, 0));
  expect(receive('--hex').toString()).toBe('41ff1b\n');
  expect(receive('--json').toString()).toBe('{"type":"9223372036854775807","base64":"Qf8b"}\n');
  expect(receive('--json').toString()).toBe('{"type":7,"data":"grüße\\n"}\n');
});

itSlow('a message that is longer than a pipe, and than msgmax is now, comes whole', () => {
  setLimit('msgmax', 500_000);
  setLimit('msgmnb', 500_000);
  const queue = queueOf([1, Buffer.alloc(400_000, 'x')]);
  setLimit('msgmax', 10);
  expect(outputOf(['receive', '--id', `${queue.id}`])).toBe(`${'x'.repeat(400_000)}\n`);
});

itSlow('sysvmq receive waits for a message', async () => {
  const queue = newQueue();
  const command = startCommand(['receive', '--id', `${queue.id}`, '--type', '4']);
  await command.waits('sysvmq-recv');
  queue.trySend('not this', { type: 3 });
  queue.trySend('this', { type: 4 });
  expect(await command.ended).toMatchObject({ status: 0, stdout: 'this\n', stderr: '' });
  expect(textsOf(queue)).toEqual(['not this']);
});

itSlow('sysvmq receive --nowait fails with ENOMSG, --timeout with ETIMEDOUT', () => {
  const queue = queueOf([1, 'other']);
  const args = ['receive', '--id', `${queue.id}`, '--type', '2'];
  expect(runCommand([...args, '--nowait'])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/holds no message of type 2 now\. \(ENOMSG from msgrcv\)\n$/),
  });
  expect(runCommand([...args, '--timeout', '20ms'])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/after 20 ms.*\(ETIMEDOUT from msgrcv\)\n$/),
  });
  expect(textsOf(queue)).toEqual(['other']);
});

it('sysvmq receive --count that is not reached in time prints what there was', () => {
  const queue = queueOf([1, 'one'], [1, 'two']);
  const { status, stdout } = runCommand(['receive', '--id', `${queue.id}`, '-n', '3', '--timeout', '20ms']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: 'one\ntwo\n' });
});

itSlow('sysvmq receive --follow prints what comes until Ctrl-C, and dies of the signal', async () => {
  const queue = newQueue();
  const command = startCommand(['receive', '--id', `${queue.id}`, '--follow', '--json']);
  for (const text of ['one', 'two', 'three']) {
    queue.trySend(text);
    await command.printed(`{"type":1,"data":"${text}"}\n`);
  }
  await command.waits('sysvmq-recv');
  expect(await command.kill('SIGINT')).toMatchObject({ signal: 'SIGINT', stderr: '' });
  expect(command.stdout.split('\n')).toHaveLength(4);
});

itSlow('sysvmq receive --follow --timeout ends well when nothing more comes', () => {
  const queue = queueOf([1, 'one'], [1, 'two']);
  expect(outputOf(['receive', '--id', `${queue.id}`, '--follow', '--timeout', '20ms'])).toBe('one\ntwo\n');
});

itSlow('a queue that is removed while it waits is an error', async () => {
  const queue = newQueue();
  const command = startCommand(['receive', '--id', `${queue.id}`, '--follow']);
  await command.waits('sysvmq-recv');
  queue.remove();
  expect(await command.ended).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^sysvmq receive: Queue .* \(id \d+\) (does not exist|was removed).*\(E(IDRM|INVAL) from msgrcv\)\n$/,
    ),
  });
});

itSlow('sysvmq receive prints the lines that sysvmq send --lines has sent', () => {
  const queue = newQueue();
  const lines = Array.from({ length: 200 }, (_, number) => `line ${number}\n`).join('');
  outputOf(['send', '--id', `${queue.id}`, '--lines'], { input: lines });
  expect(outputOf(['receive', '--id', `${queue.id}`, '-n', '200'])).toBe(lines);
});

itNeeds(slow(terminalNeeds), 'sysvmq receive escapes control bytes on a terminal, and --raw leaves them', async () => {
  const queue = queueOf([1, '\x1b[31mred \u202e\u009b'], [1, Buffer.of(0xff, 0x41)], [1, '\x1b[0m']);
  const terminal = new Terminal(['receive', '--id', `${queue.id}`, '-n', '2']);
  expect(await terminal.ended).toBe(0);
  expect(terminal.shown).toBe('\\x1b[31mred \\u{202e}\\x9b\r\n\\xffA\r\n');
  const raw = new Terminal(['receive', '--id', `${queue.id}`, '--raw']);
  expect(await raw.ended).toBe(0);
  expect(raw.shown).toBe('\x1b[0m');
});

itSlow.each([
  [['--follow', '--count', '2'], 'cannot be used with'],
  [['--follow', '--nowait'], 'cannot be used with'],
  [['--type', '1', '--except', '2'], 'cannot be used with'],
  [['--up-to', '1', '--except', '2'], 'cannot be used with'],
  [['--hex', '--json'], 'cannot be used with'],
  [['--raw', '--null'], 'cannot be used with'],
  [['--count', '0'], 'a whole number from 1'],
  [['--timeout', '-1'], 'a duration'],
])('sysvmq receive %j is wrong usage, and takes nothing', (args, words) => {
  const queue = queueOf([1, 'stays']);
  expect(runCommand(['receive', '--id', `${queue.id}`, ...args])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining(words),
  });
  expect(textsOf(queue)).toEqual(['stays']);
});

itSlow('sysvmq receive --json is a line for each message, each a document', () => {
  const queue = queueOf([2, 'one']);
  expect(jsonOf(['receive', '--id', `${queue.id}`])).toEqual({ type: 2, data: 'one' });
});
