/** sysvmq send: what is in the queue afterwards, and what is said when something is wrong. */

import { nobody } from '../support/child';
import { jsonOf, outputOf, runCommand, startCommand } from '../support/command';
import { setLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { allOf } from '../support/queue-contents';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

it('sysvmq send sends the message that is given, with a type', () => {
  const queue = newQueue();
  expect(outputOf(['send', '--id', `${queue.id}`, 'grüße', '--type', '7'])).toBe('');
  expect(allOf(queue)).toEqual([[7n, Buffer.from('grüße')]]);
});

itSlow('sysvmq send takes the largest type, and an empty message', () => {
  const queue = newQueue();
  outputOf(['send', '--id', `${queue.id}`, '', '--type', '9223372036854775807']);
  expect(allOf(queue)).toEqual([[2n ** 63n - 1n, Buffer.alloc(0)]]);
});

itSlow('sysvmq send sends all of stdin as one message, every byte as it is', () => {
  const queue = newQueue();
  outputOf(['send', '--id', `${queue.id}`], { input: everyByte });
  expect(allOf(queue)).toEqual([[1n, everyByte]]);
});

itSlow('sysvmq send --lines sends a message for each line, empty ones and one without a newline, too', () => {
  const queue = newQueue();
  const input = Buffer.concat([Buffer.from('one\n\n'), Buffer.of(0, 0xff, 0x0d), Buffer.from('\nlast')]);
  expect(jsonOf(['send', '--id', `${queue.id}`, '--lines', '--type', '2'], { input })).toEqual({ sent: 4, bytes: 10 });
  expect(allOf(queue)).toEqual(
    [Buffer.from('one'), Buffer.alloc(0), Buffer.of(0, 0xff, 0x0d), Buffer.from('last')].map((data) => [2n, data]),
  );
});

itSlow('sysvmq send --null sends a message for each piece between NULs', () => {
  const queue = newQueue();
  outputOf(['send', '--id', `${queue.id}`, '-0'], { input: 'a\nb\0\0c' });
  expect(allOf(queue).map(([, data]) => data.toString())).toEqual(['a\nb', '', 'c']);
});

itSlow('sysvmq send --json-lines sends types and bytes', () => {
  const queue = newQueue();
  const input = [
    '{"type":3,"data":"text \\u0000 \\n"}',
    '{"base64":"AP8=","type":"9223372036854775807"}',
    '{"data":""}',
    '{"index":5,"type":4,"data":"from peek"}',
  ].join('\n');
  outputOf(['send', '--id', `${queue.id}`, '--json-lines', '--type', '9'], { input });
  expect(allOf(queue)).toEqual([
    [3n, Buffer.from('text \0 \n')],
    [2n ** 63n - 1n, Buffer.of(0, 0xff)],
    [9n, Buffer.alloc(0)],
    [4n, Buffer.from('from peek')],
  ]);
});

itSlow.each([
  ['rubbish', 'it is not JSON'],
  ['', 'it is not JSON'],
  ['[1]', 'it is not a JSON object'],
  ['null', 'it is not a JSON object'],
  ['{"type":1}', 'it must have one of "data" and "base64"'],
  ['{"data":"a","base64":"YQ=="}', 'it must have one of "data" and "base64"'],
  ['{"data":5}', '"data" must be a string'],
  ['{"data":"\\ud800"}', 'half a surrogate pair'],
  ['{"base64":"YQ"}', '"base64" must be a string of base64, with its padding'],
  ['{"base64":"§"}', '"base64" must be'],
  ['{"data":"a","type":0}', '"type" must be a number'],
  ['{"data":"a","type":1.5}', '"type" must be a number'],
  ['{"data":"a","type":"9223372036854775808"}', '"type" must be a number'],
  ['{"data":"a","type":9007199254740993}', '"type" must be a string of digits past 2^53'],
  ['{"data":"a","typ":1}', 'the property "typ", which no message has'],
])('sysvmq send --json-lines says of a line %s which it is, what was sent and what was not', (line, words) => {
  const queue = newQueue();
  const input = `{"data":"one"}\n{"data":"two"}\n${line}\n{"data":"never"}\n`;
  const { status, stdout, stderr } = runCommand(['send', '--id', `${queue.id}`, '--json-lines'], { input });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^sysvmq send: line 3: .*\n.*\n$/);
  expect(stderr).toContain(words);
  expect(stderr).toContain('\nSent: lines 1 to 2. Not sent: line 3 and all after it (tail -n +3 has them).\n');
  expect(allOf(queue).map(([, data]) => data.toString())).toEqual(['one', 'two']);
});

it('sysvmq send --json-lines refuses a line that is not UTF-8', () => {
  const queue = newQueue();
  const input = Buffer.from('{"data":"\xff"}\n', 'latin1');
  const { status, stderr } = runCommand(['send', '--id', `${queue.id}`, '--json-lines'], { input });
  expect(status).toBe(1);
  expect(stderr).toBe('sysvmq send: line 1: It is not a message: it is not UTF-8.\nNothing was sent.\n');
});

itSlow(
  'sysvmq send says of a message longer than msgmax in a stream which line it is, what was sent and what was not',
  () => {
    setLimit('msgmax', 10);
    const queue = newQueue();
    const { status, stderr } = runCommand(['send', '--id', `${queue.id}`, '--lines'], {
      input: `0123456789\n${'x'.repeat(11)}\nthird\n`,
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'sysvmq send: line 2: it has more bytes than one message may have, which is 10 (MSGMAX, /proc/sys/kernel/msgmax). Raise it with sysvmq limits set msgmax=N, or send less at once. (EINVAL from msgsnd)\n' +
        'Sent: line 1. Not sent: line 2 and all after it (tail -n +2 has them).\n',
    );
    expect(allOf(queue).map(([, data]) => data.toString())).toEqual(['0123456789']);
  },
);

itSlow('sysvmq send says the same of a JSON line with more than msgmax bytes', () => {
  const queue = newQueue();
  const input = `{"data":"one"}\n${JSON.stringify({ data: 'x'.repeat(9000) })}\n`;
  const { status, stderr } = runCommand(['send', '--id', `${queue.id}`, '--json-lines'], { input });
  expect(status).toBe(1);
  expect(stderr).toBe(
    'sysvmq send: line 2: A message of 9000 bytes is longer than MSGMAX, which is 8192 (/proc/sys/kernel/msgmax). Send less at once, or raise the limit: sysvmq limits set msgmax=9000. (EINVAL from msgsnd)\n' +
      'Sent: line 1. Not sent: line 2 and all after it (tail -n +2 has them).\n',
  );
});

itSlow('a message that could never fit the queue says how to enlarge it', () => {
  const queue = newQueue({ maxBytes: 5 });
  const { status, stderr } = runCommand(['send', '--id', `${queue.id}`, 'six...']);
  expect(status).toBe(1);
  expect(stderr).toContain(`enlarge the queue: sysvmq set --id ${queue.id} --max-bytes 6. (EINVAL from msgsnd)`);
});

itSlow('sysvmq send stops reading input that is longer than any message', async () => {
  const queue = newQueue();
  for (const args of [[], ['--lines'], ['--json-lines']]) {
    const { status, stderr } = runCommand(['send', '--id', `${queue.id}`, ...args], {
      prefix: ['bash', '-c', '"$@" < /dev/zero', 'bash'],
    });
    expect(status).toBe(1);
    expect(stderr).toContain('more bytes than one message may have, which is 8192');
  }
  expect(allOf(queue)).toEqual([]);
});

itSlow('sysvmq send waits while the queue is full, and sends when there is room', async () => {
  const queue = fullQueue();
  const command = startCommand(['send', '--id', `${queue.id}`, 'later']);
  await command.waits('sysvmq-send');
  queue.tryReceive();
  expect(await command.ended).toMatchObject({ status: 0, stderr: '' });
  expect(allOf(queue)).toEqual([[1n, Buffer.from('later')]]);
});

itSlow('sysvmq send --nowait and --timeout give up on a full queue, with their codes', () => {
  const queue = fullQueue();
  const nowait = runCommand(['send', '--id', `${queue.id}`, 'more', '--nowait']);
  expect(nowait).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/is full: 10 of 10 bytes.*\(EAGAIN from msgsnd\)\n$/),
  });
  const timeout = runCommand(['send', '--id', `${queue.id}`, 'more', '--timeout', '20ms']);
  expect(timeout).toMatchObject({ status: 1, stderr: expect.stringMatching(/\(ETIMEDOUT from msgsnd\)\n$/) });
  expect(allOf(queue)).toHaveLength(1);
});

itSlow('Ctrl-C while it waits for room ends it, and says what was sent', async () => {
  const queue = newQueue({ maxBytes: 6 });
  const command = startCommand(['send', '--id', `${queue.id}`, '--lines'], {});
  command.process.stdin?.end('one\ntwo\nthree\n');
  await command.waits('sysvmq-send');
  const { signal, stderr } = await command.kill('SIGINT');
  expect({ signal, stderr }).toEqual({
    signal: 'SIGINT',
    stderr: 'sysvmq send: Sent: lines 1 to 2. Not sent: line 3 and all after it (tail -n +3 has them).\n',
  });
  expect(allOf(queue).map(([, data]) => data.toString())).toEqual(['one', 'two']);
});

itSlow('Ctrl-C while it waits for input ends it, and what it had read in full is sent', async () => {
  const queue = newQueue();
  const command = startCommand(['send', '--id', `${queue.id}`, '--lines']);
  command.write('one\nhalf of tw');
  await queue.receive().then(({ data }) => expect(data.toString()).toBe('one'));
  expect(await command.kill('SIGTERM')).toMatchObject({
    signal: 'SIGTERM',
    stderr: expect.stringContaining('Sent: line 1.'),
  });
  expect(allOf(queue)).toEqual([]);
});

itSlow('a queue that is removed while it waits is an error', async () => {
  const queue = fullQueue();
  const command = startCommand(['send', '--id', `${queue.id}`, 'more']);
  await command.waits('sysvmq-send');
  queue.remove();
  expect(await command.ended).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^sysvmq send: Queue .* \(id \d+\) (does not exist|was removed).*\(E(IDRM|INVAL) from msgsnd\)\n$/,
    ),
  });
});

itNeeds(otherUsers, 'sysvmq send without write permission says which permission it takes', () => {
  const queue = newQueue({ mode: 0o604 });
  expect(runCommand(['send', '--id', `${queue.id}`, 'x'], nobody)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/needs write permission.*\(EACCES from msgsnd\)\n$/),
  });
});

itSlow('an argument that is not UTF-8 is refused: it could not be sent as it is', () => {
  const queue = newQueue();
  const prefix = ['bash', '-c', `"$@" $'\\xff'`, 'bash'];
  expect(runCommand(['send', '--id', `${queue.id}`], { prefix })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('The message is not UTF-8'),
  });
  expect(allOf(queue)).toEqual([]);
});

it.each([
  [['x', '--lines'], 'A message argument and an option that sends stdin exclude each other.'],
  [['--lines', '--json-lines'], 'cannot be used with'],
  [['--nowait', '--timeout', '5s'], 'cannot be used with'],
  [['x', '--type', '0'], 'a whole number from 1 to 9223372036854775807'],
  [['x', '--type', '9223372036854775808'], 'a whole number from 1'],
  [['x', '--timeout', 'soon'], 'a duration'],
  [['x', '--timeout', '25d'], '24 days at most'],
])('sysvmq send %j is wrong usage, and sends nothing', (args, words) => {
  const queue = newQueue();
  expect(runCommand(['send', '--id', `${queue.id}`, ...args])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining(words),
  });
  expect(allOf(queue)).toEqual([]);
});
