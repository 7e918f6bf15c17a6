import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { codecs, type DrainError, drainTo, MessageQueue, parseMessageLine } from '../../lib/index';
import { inChild, nobody } from '../support/child';
import { itNeeds, otherUsers, withinMilliseconds } from '../support/needs';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

let place: string;
const file = (): string => join(place, 'messages.jsonl');

beforeEach(() => {
  place = temporaryFolder();
});
afterEach(removeTemporaryFolders);

function contents(queue: MessageQueue): [number, string][] {
  return queue.tryReceiveMany({ max: 10_000 }).map(({ type, data }) => [type, data.toString('latin1')]);
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

/** Takes `room` writes; every later one fails. */
class FailingStream extends Writable {
  readonly lines: string[] = [];
  constructor(readonly room: number) {
    super();
  }
  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const fails = this.lines.length === this.room;
    if (!fails) this.lines.push(chunk.toString());
    done(fails ? new Error('no more room') : undefined);
  }
}

describe('drainTo a file', () => {
  it('writes types and bytes exactly, so that they can be sent again', async () => {
    const queue = newQueue();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_each, index) => index));
    queue.trySend('first\nsecond', { type: 7 });
    queue.trySend(bytes, { type: 2n ** 63n - 1n });
    queue.trySend('');
    expect(await drainTo(queue, file())).toEqual({ messages: 3, bytes: 12 + 256 });
    expect(queue.stat().messageCount).toBe(0);

    queue.trySendMany(linesOf(file()).map(parseMessageLine));
    const [first, second, third] = queue.tryReceiveMany();
    expect(first).toMatchObject({ type: 7, data: Buffer.from('first\nsecond') });
    expect([second?.typeBigInt, second?.data]).toEqual([2n ** 63n - 1n, bytes]);
    expect(third).toMatchObject({ type: 1, data: Buffer.alloc(0) });
  });

  it('that nobody else may read, for messages may be secret', async () => {
    await drainTo(newQueue(), file());
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('adds to what is there, on a line of its own', async () => {
    const queue = newQueue();
    writeFileSync(file(), '{"type":1,"data":"whole"}\n{"type":1,"te');
    queue.trySend('more');
    await drainTo(queue, pathToFileURL(file()));
    queue.trySend('and more');
    await drainTo(queue, Buffer.from(file()));
    expect(linesOf(file())).toEqual([
      '{"type":1,"data":"whole"}',
      '{"type":1,"te',
      '{"type":1,"data":"more"}',
      '{"type":1,"data":"and more"}',
    ]);
  });

  it('takes the messages that match, and no more than max', async () => {
    const queue = newQueue();
    for (const type of [1, 2, 1, 2, 1, 3]) queue.trySend(`type ${type}`, { type });
    expect(await drainTo(queue, file(), { type: 1, max: 2 })).toEqual({ messages: 2, bytes: 12 });
    expect(await drainTo(queue, file(), { except: 1, max: 1 })).toEqual({ messages: 1, bytes: 6 });
    expect(await drainTo(queue, file(), { upTo: 2 })).toEqual({ messages: 2, bytes: 12 });
    expect(contents(queue)).toEqual([[3, 'type 3']]);
  });

  it('writes the bytes of a queue whose messages do not decode', async () => {
    const queue = newQueue({ codec: codecs.json() });
    MessageQueue.attach(queue.id).trySend('not JSON');
    await drainTo(queue, file());
    expect(linesOf(file())).toEqual(['{"type":1,"data":"not JSON"}']);
  });

  it('leaves the queue as it was when the file cannot be opened', async () => {
    const queue = newQueue();
    queue.trySend('stays');
    await expect(drainTo(queue, join(place, 'no', 'folder'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(drainTo(queue, place)).rejects.toMatchObject({ code: 'EISDIR' });
    expect(contents(queue)).toEqual([[1, 'stays']]);
  });

  it('puts the message back when the device is full', async () => {
    const queue = newQueue();
    queue.trySend('stays', { type: 2n ** 62n });
    const error = await rejectionOf(drainTo(queue, '/dev/full'));
    expect(error).toMatchObject({
      name: 'DrainError',
      code: 'ERR_QUEUE_DRAIN',
      drained: 0,
      undelivered: undefined,
      queueId: queue.id,
      cause: expect.objectContaining({ code: 'ENOSPC' }),
    });
    expect(queue.tryReceive()?.typeBigInt).toBe(2n ** 62n);
  });

  itNeeds(slow(otherUsers), 'leaves whole lines only when the disk becomes full in the middle of one', async () => {
    const queue = newQueue();
    for (let count = 0; count < 8; count++) queue.trySend(`${count}`.repeat(1500));
    const { failure, text } = await inChild(
      async ({ sysvmq, require }, { id, path }) => {
        require('node:child_process').execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'small', path]);
        const { code, drained, undelivered, cause } = await sysvmq
          .drainTo(sysvmq.MessageQueue.attach(id), `${path}/out`)
          .catch((reason) => reason);
        const text: string = require('node:fs').readFileSync(`${path}/out`, 'utf8');
        return { failure: { code, drained, undelivered, cause: cause.code }, text };
      },
      { id: queue.id, path: place },
      { prefix: ['unshare', '--mount'] },
    );
    expect(failure).toEqual({ code: 'ERR_QUEUE_DRAIN', drained: 5, undelivered: undefined, cause: 'ENOSPC' });
    const written = text.split('\n');
    expect(written.pop()).toBe('');
    expect(written.map((line) => parseMessageLine(line).data)).toEqual(
      ['0', '1', '2', '3', '4'].map((c) => c.repeat(1500)),
    );
    expect(contents(queue).map(([, data]) => data[0])).toEqual(['6', '7', '5']);
  });
});

describe('drainTo a stream', () => {
  it('does not end it', async () => {
    const queue = newQueue();
    const stream = new PassThrough();
    queue.trySend('one');
    await drainTo(queue, stream);
    stream.end('the end');
    expect(stream.read().toString()).toBe('{"type":1,"data":"one"}\nthe end');
    expect(stream.listenerCount('error')).toBe(0);
  });

  it('takes a message when the one before it is written', async () => {
    const queue = newQueue();
    queue.trySendMany([{ data: 'one' }, { data: 'two' }, { data: 'three' }]);
    const depths: number[] = [];
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        setImmediate(() => {
          depths.push(queue.stat().messageCount);
          done();
        });
      },
    });
    await drainTo(queue, stream);
    expect(depths).toEqual([2, 1, 0]);
  });

  itNeeds(withinMilliseconds, 'puts back what could not be written, and says how many were', async () => {
    const queue = newQueue();
    for (const data of ['one', 'two', 'three', 'four']) queue.trySend(data, { type: 9 });
    const stream = new FailingStream(2);
    const error = await rejectionOf(drainTo(queue, stream));
    expect(error).toMatchObject({ name: 'DrainError', drained: 2, undelivered: undefined });
    expect((error as Error).message).toBe(
      `Draining queue 0x${queue.key.toString(16)} (id ${queue.id}) failed after 2 messages: no more room. The message that could not be written is kept: the next matching receive of this process gets it, or else it goes back to the end of the queue.`,
    );
    expect(stream.lines).toHaveLength(2);
    expect(contents(queue)).toEqual([
      [9, 'three'],
      [9, 'four'],
    ]);
  });

  it('keeps a message that cannot go back, because the queue was filled meanwhile, for the next receive', async () => {
    const queue = newQueue({ maxBytes: 10 });
    queue.trySend('ten bytes!', { type: 5 });
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        queue.trySend('full again');
        done(new Error('broken'));
      },
    });
    expect(await rejectionOf(drainTo(queue, stream))).toMatchObject({ name: 'DrainError', undelivered: undefined });
    expect(contents(queue)).toEqual([
      [5, 'ten bytes!'],
      [1, 'full again'],
    ]);
  });

  it('hands over a message that cannot go back, because the queue was removed meanwhile', async () => {
    const queue = newQueue();
    queue.trySend('ten bytes!', { type: 5 });
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        queue.remove();
        done(new Error('broken'));
      },
    });
    const error = (await rejectionOf(drainTo(queue, stream))) as unknown as DrainError;
    expect(error.undelivered).toMatchObject({ type: 5, data: Buffer.from('ten bytes!') });
    expect(error.message).toContain('error.undelivered has it');
  });

  it.each<[what: string, break_: (stream: PassThrough) => void]>([
    ['has ended', (stream) => stream.end()],
    ['is destroyed', (stream) => stream.destroy()],
  ])('takes nothing when it %s', async (_what, breakStream) => {
    const queue = newQueue();
    queue.trySend('stays');
    const stream = new PassThrough();
    breakStream(stream);
    expect(await rejectionOf(drainTo(queue, stream))).toMatchObject({ name: 'DrainError', drained: 0 });
    expect(contents(queue)).toEqual([[1, 'stays']]);
  });

  it('puts the message back when the stream is destroyed while it hangs', async () => {
    const queue = newQueue();
    queue.trySend('stays');
    const stream = new Writable({ write: () => setImmediate(() => stream.destroy()) });
    expect(await rejectionOf(drainTo(queue, stream))).toMatchObject({ name: 'DrainError', drained: 0 });
    expect(contents(queue)).toEqual([[1, 'stays']]);
  });

  it('puts the message back when the reader of a pipe is gone', async () => {
    const queue = newQueue();
    queue.trySend('x'.repeat(1000));
    const reader = spawn('true', { stdio: ['pipe', 'ignore', 'ignore'] });
    await new Promise((resolve) => reader.once('exit', resolve));
    expect(await rejectionOf(drainTo(queue, reader.stdin))).toMatchObject({ name: 'DrainError', drained: 0 });
    expect(contents(queue)).toEqual([[1, 'x'.repeat(1000)]]);
  });
});

describe('drainTo stops', () => {
  it('before the next message when the signal is aborted', async () => {
    const queue = newQueue();
    queue.trySendMany([{ data: 'one' }, { data: 'two' }]);
    const controller = new AbortController();
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(chunk.toString());
        controller.abort(new Error('enough'));
        done();
      },
    });
    const error = await rejectionOf(drainTo(queue, stream, { signal: controller.signal }));
    expect(error).toMatchObject({ name: 'AbortError', syscall: 'msgrcv', drained: 1, cause: new Error('enough') });
    expect(lines).toEqual(['{"type":1,"data":"one"}\n']);
    expect(contents(queue)).toEqual([[1, 'two']]);
  });

  it('with a QueueRemovedError when the queue is removed', async () => {
    const queue = newQueue();
    queue.trySendMany([{ data: 'one' }, { data: 'two' }]);
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        queue.remove();
        done();
      },
    });
    await expect(drainTo(queue, stream)).rejects.toMatchObject({ name: 'QueueRemovedError' });
  });

  itNeeds(slow(otherUsers), 'with a QueueAccessError when the queue may not be read', async () => {
    const queue = newQueue({ mode: 0o200 });
    const failure = await inChild(
      ({ sysvmq }, id) =>
        sysvmq
          .drainTo(sysvmq.MessageQueue.attach(id), '/dev/null')
          .then(() => 'done')
          .catch(({ name }: Error) => name),
      queue.id,
      { user: nobody },
    );
    expect(failure).toBe('QueueAccessError');
  });
});

it('two drains of one queue write every message once', async () => {
  const queue = newQueue({ maxBytes: 16_384 });
  const sent = Array.from({ length: 500 }, (_each, index) => `message ${index}`);
  queue.trySendMany(sent.map((data) => ({ data })));
  const other = join(place, 'other.jsonl');
  await Promise.all([drainTo(queue, file()), drainTo(queue, other)]);
  const written = [...linesOf(file()), ...linesOf(other)].map((line) => parseMessageLine(line).data);
  expect(written.sort()).toEqual(sent.sort());
});

it.each([
  [{ max: 0 }, 'ERR_OUT_OF_RANGE'],
  [{ max: 1.5 }, 'ERR_OUT_OF_RANGE'],
  [{ type: 1, except: 2 }, 'ERR_OUT_OF_RANGE'],
  [{ signal: 5 }, 'ERR_INVALID_ARG_TYPE'],
])('drainTo refuses the options %j', async (options, code) => {
  const queue = newQueue();
  queue.trySend('stays');
  await expect(drainTo(queue, file(), options as never)).rejects.toMatchObject({ code });
  expect(contents(queue)).toEqual([[1, 'stays']]);
});

it.each([[undefined], [5], [{}], ['\0']])('drainTo refuses the destination %j', async (destination) => {
  const queue = newQueue();
  queue.trySend('stays');
  await expect(drainTo(queue, destination as never)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
  expect(contents(queue)).toEqual([[1, 'stays']]);
});
