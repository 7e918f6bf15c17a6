/** sysvmq stat, against msgctl(IPC_STAT). */

import { inChild, nobody } from '../support/child';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue, newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

it('sysvmq stat shows every fact of a queue', () => {
  const queue = newQueue({ mode: 0o640, maxBytes: 500 });
  queue.trySend('x'.repeat(100));
  queue.trySend('y');
  queue.tryReceive();
  // The machine decides which processes are visible.
  const output = outputOf(['stat', '--id', `${queue.id}`]).replace(/^ +not seen: .*\n/gm, '');
  const lines = new Map(
    output
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/) as [string, string]),
  );
  const moment = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, \d+s ago, by \d+ \(\S.*\)$/;
  expect(Object.fromEntries(lines)).toEqual({
    id: `${queue.id}`,
    key: `0x${queue.key.toString(16)}`,
    owner: 'root:root',
    creator: 'root:root',
    mode: '640',
    messages: '1',
    bytes: '1 of 500 (<1% full)',
    'last sent': expect.stringMatching(moment),
    'last received': expect.stringContaining(` by ${process.pid} (`),
    changed: expect.stringMatching(/^\d{4}-/),
    waiting: 'nobody',
  });
});

itSlow('sysvmq stat says that a queue is private, that nothing has happened, and who has ended', async () => {
  const id = newQueueId();
  expect(outputOf(['stat', '--id', `${id}`])).toMatch(/^key +0x00000000 \(private\)$/m);
  expect(outputOf(['stat', '--id', `${id}`])).toMatch(/^last sent +never$/m);
  const pid = await inChild(({ sysvmq }, queueId) => {
    sysvmq.MessageQueue.attach(queueId).trySend('x');
    return process.pid;
  }, id);
  expect(outputOf(['stat', '--id', `${id}`])).toMatch(new RegExp(`^last sent .* by ${pid} \\(ended\\)$`, 'm'));
});

itSlow('sysvmq stat prints one JSON document', () => {
  const queue = newQueue();
  expect(jsonOf(['stat', '--key', `${queue.key}`])).toMatchObject({
    id: queue.id,
    mode: 0o600,
    lastSentAt: null,
    fill: 0,
  });
});

it('a queue that takes nothing is full', () => {
  const queue = newQueue();
  queue.set({ maxBytes: 0 });
  expect(outputOf(['stat', '--id', `${queue.id}`])).toMatch(/^bytes +0 of 0 \(100% full\)$/m);
});

itNeeds(slow(otherUsers), 'sysvmq stat shows a queue that this user may not read', () => {
  const queue = newQueue({ mode: 0o600 });
  expect(jsonOf(['stat', '--id', `${queue.id}`], nobody)).toMatchObject({ id: queue.id });
});

itNeeds(slow(otherUsers), 'sysvmq stat without read permission says which permission it takes', () => {
  const queue = newQueue({ mode: 0o600 });
  for (const verb of ['receive', 'peek', 'drain']) {
    expect(runCommand([verb, '--id', `${queue.id}`], nobody)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/needs read permission\. It belongs to uid 0.*\(EACCES from msg(ctl|rcv)\)\n$/),
    });
  }
});
