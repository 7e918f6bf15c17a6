/** sysvmq drain, and send --json-lines, which feeds it back. */

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { setLimit } from '../support/namespace';
import { allOf, textsOf } from '../support/queue-contents';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const newFile = (): string => join(temporaryFolder(), 'saved.jsonl');

it('sysvmq drain empties the queue into a file, which only its owner may read, and says how much that was', () => {
  const queue = newQueue();
  queue.trySend('one', { type: 3 });
  queue.trySend(Buffer.of(0xff));
  const file = newFile();
  expect(outputOf(['drain', '--id', `${queue.id}`, file])).toBe(`2 messages, 4 bytes: ${file}\n`);
  expect(readFileSync(file, 'utf8')).toBe('{"type":3,"data":"one"}\n{"type":1,"base64":"/w=="}\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(queue.stat().messageCount).toBe(0);
});

itSlow('sysvmq send restores the messages that sysvmq drain saved, with their types and bytes', () => {
  setLimit('msgmnb', 1_000_000);
  const queue = newQueue();
  const types = fc.oneof(fc.bigInt(1n, 2n ** 63n - 1n), fc.constantFrom(1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n));
  const texts = fc.string({ unit: 'binary' }).map((text) => Buffer.from(text));
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    texts,
  );
  const messages = fc.sample(fc.tuple(types, payloads), 500);
  messages.push([1n, Buffer.from('\ufeffBOM \u2028 \0 "\\')], [1n, Buffer.alloc(0)]);
  for (const [type, data] of messages) expect(queue.trySend(data, { type })).toBe(true);
  const file = newFile();
  expect(jsonOf(['drain', '--id', `${queue.id}`, file])).toMatchObject({ file, messages: messages.length });
  expect(queue.stat().messageCount).toBe(0);
  outputOf(['send', '--id', `${queue.id}`, '--json-lines'], { input: readFileSync(file) });
  expect(allOf(queue)).toEqual(messages);
});

itSlow('sysvmq drain writes to stdout without a file, those of one type, as many as asked for', () => {
  const queue = newQueue();
  for (const [type, text] of [
    [1, 'a'],
    [2, 'b'],
    [2, 'c'],
    [2, 'd'],
  ] as const) {
    queue.trySend(text, { type });
  }
  expect(outputOf(['drain', '--id', `${queue.id}`, '--type', '2', '-n', '2'])).toBe(
    '{"type":2,"data":"b"}\n{"type":2,"data":"c"}\n',
  );
  expect(outputOf(['drain', '--id', `${queue.id}`, '-', '--except', '2'])).toBe('{"type":1,"data":"a"}\n');
  expect(textsOf(queue)).toEqual(['d']);
});

it('a queue without messages is drained at once', () => {
  const queue = newQueue();
  expect(outputOf(['drain', '--id', `${queue.id}`])).toBe('');
  const file = newFile();
  expect(outputOf(['drain', '--id', `${queue.id}`, file])).toBe(`0 messages, 0 bytes: ${file}\n`);
});

itSlow('a file that exists is left as it is, and so is the queue; --append and --force are for that', () => {
  const queue = newQueue();
  queue.trySend('one');
  const file = newFile();
  writeFileSync(file, 'before\n');
  const { status, stdout, stderr } = runCommand(['drain', '--id', `${queue.id}`, file]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe(
    `sysvmq drain: EEXIST: file already exists, open '${file}'. Give --append or --force, or another name.\n`,
  );
  expect(readFileSync(file, 'utf8')).toBe('before\n');
  expect(queue.stat().messageCount).toBe(1);
  outputOf(['drain', '--id', `${queue.id}`, file, '--append']);
  expect(readFileSync(file, 'utf8')).toBe('before\n{"type":1,"data":"one"}\n');
  queue.trySend('two');
  outputOf(['drain', '--id', `${queue.id}`, file, '--force']);
  expect(readFileSync(file, 'utf8')).toBe('{"type":1,"data":"two"}\n');
});

itSlow('sysvmq drain to a disk that becomes full leaves whole lines in the file and the rest in the queue', () => {
  const queue = newQueue();
  const sent = Array.from({ length: 60 }, (_, number) => `message ${number}`);
  for (const text of sent) queue.trySend(text);
  const file = newFile();
  // A limit of 1 KiB on the file's size: the write that crosses it is cut, the next one fails.
  const prefix = ['bash', '-c', `trap '' XFSZ; ulimit -f 1; exec "$@"`, 'bash'];
  const { status, stderr } = runCommand(['drain', '--id', `${queue.id}`, file], { prefix });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^sysvmq drain: .*saved\.jsonl cannot be written: EFBIG: .* was put back, at the end of the queue\.\n$/,
  );
  const saved = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).data as string);
  const left = textsOf(queue);
  expect(saved).toEqual(sent.slice(0, saved.length));
  expect([...left.slice(-1), ...left.slice(0, -1)]).toEqual(sent.slice(saved.length));
});

itSlow('a file that cannot be made takes nothing from the queue', () => {
  const queue = newQueue();
  queue.trySend('stays');
  const { status, stderr } = runCommand(['drain', '--id', `${queue.id}`, '/nowhere/at-all']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^sysvmq drain: ENOENT: /);
  expect(textsOf(queue)).toEqual(['stays']);
});

itSlow('sysvmq drain --append and --force together are wrong usage', () => {
  const queue = newQueue();
  expect(runCommand(['drain', '--id', `${queue.id}`, 'x', '--append', '--force'])).toMatchObject({ status: 2 });
});
