/** Four senders and four receivers, each a process, and receivers killed while they wait: no message goes with them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Select } from '../../lib/index';
import { syscallNumber } from '../../tools/harness/proc.cjs';
import { type Child, type ChildContext, startChild } from '../support/child';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { type Random, withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';
import { Tally } from '../support/tally';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

const MESSAGES = times(10_000, 200_000);
const KILLS = times(5, 100);
const SENDERS = 4;
const TYPES = 4;
/** What each sender sends for each kill. */
const MESSAGES_AT_A_TIME = MESSAGES / KILLS / SENDERS;

type Form = 'receive' | 'receiveMany' | 'messages';

interface Receiving {
  form: Form;
  select: Select;
  spin?: number;
}

// One of them takes whatever there is, so that no type is left over while all run.
const receives: Receiving[] = [
  { form: 'messages', select: {} },
  { form: 'receive', select: { type: 2 }, spin: 0 },
  { form: 'receiveMany', select: { except: 2 } },
  { form: 'receive', select: { upTo: 3 }, spin: 0 },
];

afterEach(removeTemporaryFolders);

/** A sender: sends its next messages at each command, with gaps in which receivers get to wait. */
async function sendAsTold(
  { sysvmq, told, say }: ChildContext,
  { id, sender, senders, types, gaps }: { id: number; sender: number; senders: number; types: number; gaps: number[] },
): Promise<void> {
  const queue = sysvmq.MessageQueue.attach(id);
  let number = sender;
  let turn = 0;
  for (let count = (await told()) as number; count > 0; count = (await told()) as number) {
    for (const last = number + count * senders; number < last; number += senders) {
      await queue.send(String(number), { type: 1 + ((number * 7) % types) });
      const gap = gaps[turn++ % gaps.length] as number;
      if (gap > 17) await new Promise((resolve) => setTimeout(resolve, 1));
      else if (gap > 12) await new Promise(setImmediate);
    }
    say('sent');
  }
}

/**
 * A receiver: writes the number of each message into its log before it takes the next, until it is asked to stop or to
 * die. It kills itself when its thread waits in msgrcv. Done by this JavaScript that cannot fall between a message's
 * taking and its logging, as a kill by another process could, and still meets messages that are being sent.
 */
async function receiveUntilTold(
  { sysvmq, require, told, say }: ChildContext,
  { id, log, form, select, spin, msgrcv }: Receiving & { id: number; log: string; msgrcv: string },
): Promise<void> {
  const { openSync, readdirSync, readFileSync: read, writeSync } = require('node:fs') as typeof import('node:fs');
  const queue = sysvmq.MessageQueue.attach(id, spin === undefined ? {} : { spin });
  const file = openSync(log, 'a');

  const isParked = (): boolean =>
    readdirSync('/proc/self/task').some((thread) => {
      const path = `/proc/self/task/${thread}`;
      return (
        read(`${path}/comm`, 'latin1').trim() === 'sysvmq-recv' &&
        read(`${path}/syscall`, 'latin1').split(' ')[0] === msgrcv
      );
    });
  told().then(async (word) => {
    if (word === 'stop') queue.close();
    while (word === 'die') {
      if (isParked()) process.kill(process.pid, 'SIGKILL');
      await new Promise(setImmediate);
    }
  });

  say('ready');
  const take = {
    receive: async () => [await queue.receive(select)],
    receiveMany: () => queue.receiveMany(select),
  };
  if (form === 'messages') {
    for await (const { data } of queue.messages(select)) writeSync(file, `${data}\n`);
    return;
  }
  try {
    for (;;) for (const { data } of await take[form]()) writeSync(file, `${data}\n`);
  } catch (error) {
    if (!(error instanceof sysvmq.QueueClosedError)) throw error;
  }
}

async function startReceiver(id: number, log: string, receiving: Receiving): Promise<Child> {
  const child = startChild(receiveUntilTold, { ...receiving, id, log, msgrcv: syscallNumber('msgrcv') });
  await child.said('ready');
  return child;
}

async function startSenders(id: number, random: Random): Promise<Child[]> {
  return Array.from({ length: SENDERS }, (_, sender) => {
    const gaps = Array.from({ length: 1000 }, () => random.below(20));
    return startChild(sendAsTold, { id, sender, senders: SENDERS, types: TYPES, gaps });
  });
}

itSlow(
  'receivers that are killed while they wait lose no message',
  () =>
    withSeed(async (random) => {
      const queue = newQueue();
      const tally = new Tally();
      for (let number = 0; number < MESSAGES; number++) tally.sent(number);
      const log = join(temporaryFolder(), 'received');
      const senders = await startSenders(queue.id, random);
      const receivers = await Promise.all(receives.map((receiving) => startReceiver(queue.id, log, receiving)));

      for (let kills = 0; kills < KILLS; kills++) {
        for (const sender of senders) sender.tell(MESSAGES_AT_A_TIME);
        for (let turns = random.below(20); turns > 0; turns--) await new Promise(setImmediate);
        const index = random.below(receivers.length);
        const victim = receivers[index] as Child;
        victim.tell('die');
        expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
        receivers[index] = await startReceiver(queue.id, log, receives[index] as Receiving);
        await Promise.all(senders.map((sender) => sender.said('sent')));
      }
      for (const sender of senders) sender.tell(0);
      await Promise.all(senders.map(({ result }) => result));
      for (const receiver of receivers) receiver.tell('stop');
      await Promise.all(receivers.map(({ result }) => result));

      const received = readFileSync(log, 'latin1').trim().split('\n');
      for (const number of received) tally.delivered(Number(number));
      const left = queue.tryReceiveMany({ max: MESSAGES });
      for (const { data } of left) tally.delivered(Number(data));
      expect(tally.wrongs()).toEqual([]);
      report(`${KILLS} kills, ${received.length} messages received, ${left.length} left in the queue`);
    }),
  LONG_TIMEOUT_MS,
);
