/** A message that receive or drain has taken is printed, or in the queue: whatever becomes of stdout and the process. */

import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/child';
import { startCommand } from '../support/command';
import { setLimit } from '../support/namespace';
import { Pipe } from '../support/pipe';
import { textsOf } from '../support/queue-contents';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { Tally } from '../support/tally';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';
import { threadsNamed } from '../support/waiting-threads';

afterEach(removeTemporaryFolders);

const putBack = (type: number, bytes: number): string =>
  `The message that could not be written (type ${type}, ${bytes} bytes) was put back, at the end of the queue.\n`;

it('sysvmq receive puts back the message that the reader of a pipe did not get', async () => {
  const queue = newQueue();
  const pipe = new Pipe();
  const command = startCommand(['receive', '--id', `${queue.id}`, '--follow'], { stdout: pipe.writeEnd });
  pipe.handOver();
  queue.trySend('read');
  let read = '';
  await until('the first message is printed', () => {
    read += pipe.read();
    return read === 'read\n';
  });
  pipe.close();
  queue.trySend('not read', { type: 5 });
  expect(await command.ended).toMatchObject({ signal: 'SIGPIPE', stderr: `sysvmq receive: ${putBack(5, 8)}` });
  const message = queue.tryReceive();
  expect([message?.type, message?.data.toString()]).toEqual([5, 'not read']);
});

it('sysvmq receive puts the message back when the disk is full', async () => {
  const queue = newQueue();
  queue.trySend('one', { type: 3 });
  queue.trySend('two');
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = await startCommand(['receive', '--id', `${queue.id}`], { stdout: full }).ended;
  closeSync(full);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `sysvmq receive: Standard output cannot be written: ENOSPC: no space left on device, write. ${putBack(3, 3)}`,
  });
  expect(textsOf(queue)).toEqual(['two', 'one']);
});

/** A command that has taken a message which its pipe does not take in full. */
async function stuckInPipe(length: number) {
  setLimit('msgmax', 1_000_000);
  setLimit('msgmnb', 1_000_000);
  const queue = newQueue();
  queue.trySend(Buffer.alloc(length, 'x'));
  const pipe = new Pipe();
  const command = startCommand(['receive', '--id', `${queue.id}`], { stdout: pipe.writeEnd });
  pipe.handOver();
  await until('the message is taken', () => queue.stat().messageCount === 0);
  return { queue, pipe, command };
}

itSlow.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'sysvmq receive puts the message back whole at %s while a full pipe takes no more',
  async (signal) => {
    const { queue, command } = await stuckInPipe(300_000);
    const ended = await command.kill(signal);
    // The reader has had as much as a pipe holds.
    const torn = 'The output ends with 65536 bytes of a message of 300000 bytes.';
    expect(ended).toMatchObject({ signal, stderr: `sysvmq receive: ${torn} ${putBack(1, 300_000)}` });
    expect(textsOf(queue)).toEqual(['x'.repeat(300_000)]);
  },
);

itSlow('sysvmq receive puts the whole message back when the reader goes away in the middle of it', async () => {
  const { queue, pipe, command } = await stuckInPipe(300_000);
  pipe.close();
  const { signal, stderr } = await command.ended;
  expect(signal).toBe('SIGPIPE');
  // The pipe may have taken some of it.
  expect(stderr.replace(/The output ends with \d+ bytes of a message of 300000 bytes\. /, '')).toBe(
    `sysvmq receive: ${putBack(1, 300_000)}`,
  );
  expect(textsOf(queue)).toEqual(['x'.repeat(300_000)]);
});

itSlow('a message that cannot go back, because the queue is gone, is on stderr', async () => {
  const { queue, pipe, command } = await stuckInPipe(200_000);
  queue.remove();
  pipe.close();
  const { signal, stderr } = await command.ended;
  expect(signal).toBe('SIGPIPE');
  expect(stderr).toContain('could not be put back: ');
  expect(JSON.parse(stderr.split('\n')[1] as string)).toEqual({ type: 1, data: 'x'.repeat(200_000) });
});

itSlow('a message that has to go back waits for room', async () => {
  const { queue, pipe, command } = await stuckInPipe(200_000);
  queue.set({ maxBytes: 200_000 });
  queue.trySend('another sender was faster');
  pipe.close();
  await until('it waits to go back', () => threadsNamed('sysvmq-keep', command.pid).length > 0);
  queue.tryReceive();
  const { signal, stderr } = await command.ended;
  expect(signal).toBe('SIGPIPE');
  // The pipe may have taken some of it.
  expect(stderr.replace(/The output ends with \d+ bytes of a message of 200000 bytes\. /, '')).toBe(
    `sysvmq receive: ${putBack(1, 200_000)}`,
  );
  expect(textsOf(queue)).toEqual(['x'.repeat(200_000)]);
});

const MESSAGES = 3000;
const MAX_RUNS = 25;

describe.each(['receive', 'drain'] as const)('%s', (verb) => {
  itSlow.each(['SIGINT', 'SIGTERM'] as const)(
    '%s at any moment: each message is printed or in the queue',
    async (signal) => {
      setLimit('msgmnb', 1_000_000);
      const queue = newQueue();
      const tally = new Tally();
      for (let number = 0; number < MESSAGES; number++) {
        queue.trySend(`${number}`);
        tally.sent(number);
      }
      const folder = temporaryFolder();
      let printed = '';
      let interruptions = 0;
      for (let run = 0; run < MAX_RUNS && queue.stat().messageCount > 0; run++) {
        const path = join(folder, `${run}`);
        const file = openSync(path, 'w');
        const args = verb === 'receive' ? ['--follow', '--json', '--timeout', '0'] : [];
        const command = startCommand([verb, '--id', `${queue.id}`, ...args], { stdout: file });
        closeSync(file);
        const before = queue.stat().messageCount;
        await until('some are taken', () => queue.stat().messageCount < before);
        const ended = await command.kill(signal);
        if (ended.signal === signal) interruptions += 1;
        else expect(ended).toMatchObject({ status: 0, stderr: '' });
        printed += readFileSync(path, 'utf8');
      }
      for (const line of printed.trimEnd().split('\n')) tally.delivered(Number(JSON.parse(line).data));
      for (const text of textsOf(queue)) tally.delivered(Number(text));
      expect(tally.wrongs()).toEqual([]);
      expect(interruptions).toBeGreaterThan(0);
    },
  );
});
