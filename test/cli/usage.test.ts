/** How sysvmq is called: help, the version, wrong usage, naming a queue. */

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verbs } from '../../lib/cli/verb-table';
import { ftok, MessageQueue } from '../../lib/index';
import { jsonOf, outputOf, runCommand, startCommand } from '../support/command';
import { kernelState } from '../support/kernel-state';
import { itNeeds } from '../support/needs';
import { Pipe } from '../support/pipe';
import { textsOf } from '../support/queue-contents';
import { newQueue, removeAfterTest } from '../support/queues';
import { Screen, screenNeeds } from '../support/screen';
import { itSlow, slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const { version } = require('../../package.json') as { version: string };
const names = Object.keys(verbs);

/** Expects wrong usage that says this, and that nothing has changed. */
function expectWrongUsage(args: string[], words: string): void {
  const before = kernelState();
  const { status, stdout, stderr } = runCommand(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/^sysvmq[^\n]*: [^\n]+\n(?:\(Did you mean .*\n)?Try "sysvmq[ a-z]* --help"\.\n$/);
  expect(kernelState()).toBe(before);
}

it('sysvmq --help lists every verb', () => {
  const help = outputOf(['--help']);
  for (const name of names) expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
  expect(help).toContain('Exit status: 0 done, 1 failed, 2 usage error');
});

itSlow.each(names)('%s --help says how it is used, with an example', (name) => {
  const help = outputOf([name, '--help']);
  expect(help).toMatch(new RegExp(`^Usage: sysvmq ${name} `));
  expect(help).toMatch(/^Examples:\n {2}# .+\n {2}sysvmq /m);
  expect(outputOf(['help', name])).toBe(help);
});

itSlow('sysvmq --version prints the version of the package', () => {
  expect(outputOf(['--version'])).toBe(`${version}\n`);
});

itSlow('without a verb the help goes to stderr, and the status is 2', () => {
  const { status, stdout, stderr } = runCommand([]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('Usage: sysvmq');
});

itSlow('an unknown verb is wrong usage, with a guess at what was meant', () => {
  expectWrongUsage(['recieve'], "sysvmq: unknown command 'recieve'\n(Did you mean receive?)");
});

it('an unknown option is wrong usage', () => {
  expectWrongUsage(['list', '--frobnicate'], "sysvmq list: unknown option '--frobnicate'");
});

itSlow('an argument too many is wrong usage', () => {
  expectWrongUsage(['stat', '1', '2'], 'sysvmq stat: too many arguments');
  expectWrongUsage(['list', 'this'], 'sysvmq list: too many arguments');
});

const naming = ['stat', 'set', 'send', 'receive', 'peek', 'drain'];

itSlow.each(['receive', 'drain', 'peek'])(
  "sysvmq %s --type with msgrcv's 0 or a negative type says what to write",
  (name) => {
    const { id } = newQueue();
    expectWrongUsage([name, `${id}`, '--type', '0'], 'Leave --type out to take messages of any type.');
    expectWrongUsage([name, `${id}`, '--type', '-3'], 'Write --up-to 3 for the lowest type up to 3.');
  },
);

itSlow.each([...naming, 'remove'])('sysvmq %s with two ways to name the queue is wrong usage', (name) => {
  const { id, key } = newQueue();
  expectWrongUsage(
    [name, '--id', `${id}`, '--key', `${key}`, ...(name === 'set' ? ['--mode', '600'] : [])],
    `named in 2 ways: by --id and by --key`,
  );
});

itSlow.each([...naming, 'remove'])('sysvmq %s without the name of a queue is wrong usage', (name) => {
  expectWrongUsage([name, ...(name === 'set' ? ['--mode', '600'] : [])], 'Which queue?');
});

itSlow.each([...naming, 'remove'])('sysvmq %s of a queue that does not exist is an error with its code', (name) => {
  const rest = name === 'set' ? ['--mode', '600'] : [];
  expect(runCommand([name, '--id', '32767', ...rest])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^sysvmq [a-z]+: No queue of this IPC namespace has the id 32767:.*\(EINVAL from msgctl\)\n$/,
    ),
  });
  expect(runCommand([name, '--key', '0x5eed5eed', ...rest])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^sysvmq [a-z]+: No queue of this IPC namespace has the key 0x5eed5eed\..*\(ENOENT from msgget\)\n$/,
    ),
  });
});

itSlow('a queue is found by its id, its key, and a file and project', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const queue = MessageQueue.create(ftok(file, 'Q'));
  removeAfterTest(queue.id);
  const found = [
    ['--id', `${queue.id}`],
    ['--key', `0x${(queue.key >>> 0).toString(16)}`],
    ['--key', `${queue.key >>> 0}`],
    ['--path', file, '--project', 'Q'],
    ['--path', file, '--project', '0x51'],
  ].map((name) => (jsonOf(['stat', ...name]) as { id: number }).id);
  expect(found).toEqual(Array(5).fill(queue.id));
});

itSlow.each(['stat', 'set', 'peek', 'drain', 'receive', 'recover'])(
  'sysvmq %s takes an id or a key as it is',
  (name) => {
    const queue = newQueue();
    const rest = name === 'set' ? ['--mode', '640'] : [];
    for (const bare of [`${queue.id}`, `0x${(queue.key >>> 0).toString(16)}`]) {
      queue.trySend('one');
      outputOf([name, bare, ...rest]);
    }
  },
);

itSlow('sysvmq send takes an id or a key in front of the message, and both from stdin and options', () => {
  const queue = newQueue();
  const key = `0x${(queue.key >>> 0).toString(16)}`;
  outputOf(['send', `${queue.id}`, 'by id']);
  outputOf(['send', key, 'by key', '--type', '3']);
  outputOf(['send', key], { input: 'from stdin' });
  outputOf(['send', '--key', key, 'by option']);
  expect(textsOf(queue)).toEqual(['by id', 'by key', 'from stdin', 'by option']);
});

itSlow('sysvmq drain takes a file behind the queue, or alone where an option names the queue', () => {
  const queue = newQueue();
  const [one, other] = ['one', 'other'].map((name) => join(temporaryFolder(), name)) as [string, string];
  queue.trySend('x');
  expect(outputOf(['drain', `${queue.id}`, one])).toBe(`1 message, 1 byte: ${one}\n`);
  queue.trySend('x');
  expect(outputOf(['drain', '--id', `${queue.id}`, other])).toBe(`1 message, 1 byte: ${other}\n`);
});

itSlow('a text that names no queue is wrong usage', () => {
  const { id, key } = newQueue();
  const hex = `0x${(key >>> 0).toString(16)}`;
  expectWrongUsage(['stat', 'this'], 'sysvmq stat: this names no queue: give an id, such as 3, a key, such as 0xCAFE');
  expectWrongUsage(['send', 'hello'], 'sysvmq send: hello names no queue');
  expectWrongUsage(['drain', 'saved.jsonl'], 'sysvmq drain: saved.jsonl names no queue');
  expectWrongUsage(['stat', '0x0'], 'IPC_PRIVATE');
  expectWrongUsage(['stat', '99999999999'], 'Expected a whole number from 0 to 2147483647');
  expectWrongUsage(['stat', hex, '--id', `${id}`], `named in 2 ways: by ${hex} and by --id`);
  expectWrongUsage(['send', '--id', `${id}`, hex, 'text'], `named in 2 ways: by ${hex} and by --id`);
});

itSlow('a key above 2^31 is the same as the negative one', () => {
  const queue = MessageQueue.create(0xdeadbeef);
  removeAfterTest(queue.id);
  expect(jsonOf(['stat', '--key', '0xDEADBEEF'])).toMatchObject({ id: queue.id, keyHex: '0xdeadbeef' });
  expect(jsonOf(['stat', '--key', `${0xdeadbeef | 0}`])).toMatchObject({ id: queue.id });
});

itSlow.each([
  [['--id', '-1'], "option '--id <n>' argument '-1' is invalid. Expected a whole number from 0 to 2147483647."],
  [['--id', '1.5'], "argument '1.5' is invalid"],
  [['--id', ''], "argument '' is invalid"],
  [['--id', '2147483648'], 'is invalid'],
  [['--key', 'cafe'], "argument 'cafe' is invalid"],
  [['--key', '0x100000000'], 'is invalid'],
  [['--key', '0'], 'IPC_PRIVATE'],
  [['--path', '/etc/passwd'], '--path requires --project C'],
  [['--project', 'A'], '--project requires --path FILE'],
  [['--path', '/etc/passwd', '--project', 'AB'], '--project AB is neither'],
  [['--path', '/etc/passwd', '--project', '256'], '--project 256 is neither'],
])('sysvmq stat %j is wrong usage', (args, words) => {
  expectWrongUsage(['stat', ...args], words);
});

itSlow('a file that does not exist is an error with its code', () => {
  const { status, stderr } = runCommand(['stat', '--path', '/nowhere/at-all', '--project', 'A']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^sysvmq stat: ENOENT: no such file or directory, stat '\/nowhere\/at-all'.*\n$/);
});

itSlow.each([['--help'], ['--version'], ['list'], ['completion', 'bash']])(
  'sysvmq %s dies of SIGPIPE silently when its reader is gone',
  async (...args) => {
    const pipe = new Pipe();
    pipe.close();
    const command = startCommand(args, { stdout: pipe.writeEnd });
    pipe.handOver();
    expect(await command.ended).toMatchObject({ signal: 'SIGPIPE', stderr: '' });
  },
);

itSlow('a full disk is an error', () => {
  const full = openSync('/dev/full', 'w');
  return startCommand(['list'], { stdout: full }).ended.then(({ status, stderr }) => {
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'sysvmq list: Standard output cannot be written: ENOSPC: no space left on device, write.\n',
    });
  });
});

itNeeds(
  slow(screenNeeds),
  'on a terminal the words of an error break between words; elsewhere each line stays whole',
  async () => {
    const { stderr } = runCommand(['stat', '99']);
    expect(stderr).toMatch(/^sysvmq stat: No queue .{80,}\n$/);
    const screen = new Screen(['stat', '99']);
    await screen.shows('ended with 1');
    const lines = screen.lines();
    const shown = lines.slice(lines.indexOf('before') + 1, lines.indexOf('ended with 1'));
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.join(' ')).toBe(stderr.trimEnd());
  },
);

itNeeds(slow(screenNeeds), 'on a narrow terminal no line of the help is cut', async () => {
  const screen = new Screen(['--help'], { width: 60, height: 70 });
  await screen.shows('ended with 0');
  expect(screen.text().replaceAll(/\n */g, ' ')).toContain('--id N, --key 0x… or --path FILE --project C (ftok).');
});
