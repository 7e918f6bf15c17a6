/** Several receivers of one queue in one thread, of which some block it: each message goes to one of them. */

import { type Message, MessageQueue, TimeoutError } from '../../lib/index';
import { type ChildContext, startChild, until } from '../support/child';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { fullQueue, newQueue } from '../support/queues';
import { pause, somePauses } from '../support/random-pauses';
import { withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';
import { Tally } from '../support/tally';
import { threadsRest, untilWaiting } from '../support/waiting-threads';

const MESSAGES = times(10_000, 100_000);
const ROUNDS = times(1_000, 10_000);
/** Types below it are of messages with text, which says their number; an empty message's type is its number. */
const FIRST_NUMBER = 10;

const numberOf = ({ type, data }: Message): number => (data.length === 0 ? type : Number(data));

/** The second process: sends numbers from `first` on, in rows, with a pause before each. */
async function sendRows(
  { sysvmq, say, told }: ChildContext,
  { id, first, pauses }: { id: number; first: number; pauses: number[] },
): Promise<void> {
  const queue = sysvmq.MessageQueue.attach(id);
  let number = first;
  say('ready');
  for (let count = (await told()) as number; count > 0; count = (await told()) as number) {
    for (const last = number + count; number < last; number++) {
      const end = performance.now() + (pauses[number % pauses.length] as number) / 1000;
      while (performance.now() < end);
      const empty = number % 3 === 0;
      await queue.send(empty ? '' : String(number), { type: empty ? number : 1 + (number % 4) });
    }
    say('sent');
  }
}

itSlow(
  'two handles and two iterators in one thread get each message once',
  () =>
    withSeed(async (random) => {
      const queue = newQueue();
      const tally = new Tally();
      for (let number = 0; number < MESSAGES; number++) tally.sent(FIRST_NUMBER + number);
      const sender = startChild(sendRows, { id: queue.id, first: FIRST_NUMBER, pauses: somePauses(random) });
      await sender.said('ready');
      const counts = [0, 0, 0, 0];
      const note = (who: number, message: Message): void => {
        counts[who] = (counts[who] as number) + 1;
        tally.delivered(numberOf(message));
      };
      const handles = [queue, MessageQueue.attach(queue.id, { spin: 0 })];
      const receiving = handles.map(async (handle, index) => {
        for (;;) note(index, await handle.receive());
      });
      const iterating = handles.map(async (handle, index) => {
        for await (const message of handle) note(2 + index, message);
      });
      const over = Promise.allSettled([...receiving, ...iterating]);
      sender.tell(MESSAGES);
      await sender.said('sent');
      sender.tell(0);
      await until('every message has turned up', () => tally.complete).catch(() => undefined);
      for (const handle of handles) handle.close();
      const ends = (await over).map((end) => (end.status === 'rejected' ? end.reason.name : 'end'));
      expect(ends).toEqual(['QueueClosedError', 'QueueClosedError', 'end', 'end']);
      expect(tally.wrongs()).toEqual([]);
      // They stand in one line: nobody goes without.
      expect(Math.min(...counts)).toBeGreaterThan(0);
      report(`${MESSAGES} messages; the receivers took ${counts.join(', ')}`);
    }),
  LONG_TIMEOUT_MS,
);

itSlow(
  'receives that wait, tryReceive and receiveSync mixed in one thread get each message once',
  () =>
    withSeed(async (random) => {
      const queue = newQueue();
      const tally = new Tally();
      const sender = startChild(sendRows, { id: queue.id, first: FIRST_NUMBER, pauses: somePauses(random) });
      await sender.said('ready');
      const counts = { receive: 0, receiveSync: 0, tryReceive: 0, timeouts: 0 };
      const note = (call: keyof typeof counts, message: Message): void => {
        counts[call] += 1;
        tally.delivered(numberOf(message));
      };
      const receiveSync = (): void => {
        try {
          note('receiveSync', queue.receiveSync({ timeout: 1 }));
        } catch (error) {
          if (!(error instanceof TimeoutError)) throw error;
          counts.timeouts += 1;
        }
      };
      const tryReceive = (): void => {
        const message = queue.tryReceive();
        if (message !== undefined) note('tryReceive', message);
      };
      let number = FIRST_NUMBER;
      for (let round = 0; round < ROUNDS; round++) {
        const controller = new AbortController();
        const { signal } = controller;
        const receives = Array.from({ length: random.below(4) }, () => {
          const spin = random.pick([{ spin: 0 }, {}]);
          const receiving = MessageQueue.attach(queue.id, spin).receive({ signal });
          return receiving.then(
            (message) => note('receive', message),
            ({ name }) => expect(name).toBe('AbortError'),
          );
        });
        const count = 1 + random.below(5);
        for (const last = number + count; number < last; number++) tally.sent(number);
        sender.tell(count);
        for (let calls = random.below(6); calls > 0; calls--) {
          await pause(random);
          random.pick([receiveSync, tryReceive])();
        }
        controller.abort();
        await Promise.all(receives);
        await sender.said('sent');
      }
      sender.tell(0);
      await until('every message has turned up', () => {
        tryReceive();
        return tally.complete;
      }).catch(() => undefined);
      expect(tally.wrongs()).toEqual([]);
      expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
      report(`${tally.count} messages; ${JSON.stringify(counts)}`);
    }),
  LONG_TIMEOUT_MS,
);

/** A process whose codec sends while it decodes. It goes on at each message in `control`, without a turn of its loop. */
async function receiveAndAcknowledge(
  { sysvmq }: ChildContext,
  { id, fullId, controlId }: { id: number; fullId: number; controlId: number },
): Promise<string[]> {
  const { MessageQueue: Queue, TimeoutError: OwnTimeoutError } = sysvmq;
  const [full, control] = [Queue.attach(fullId), Queue.attach(controlId)];
  const waiting = full.send('waiting');
  const decode = (bytes: Buffer): string => {
    try {
      full.sendSync('got it', { timeout: 5 });
    } catch (error) {
      if (!(error instanceof OwnTimeoutError)) throw error;
    }
    return bytes.toString();
  };
  const queue = Queue.attach(id, { spin: 0, codec: { encode: String, decode } });

  const controller = new AbortController();
  const givenUp = queue.receive({ signal: controller.signal }).catch(({ name }) => name);
  control.receiveSync();
  controller.abort();
  const byHand = Queue.attach(id).tryReceive()?.data.toString() as string;
  const receiving = queue.receive();
  control.receiveSync();
  const results = [await givenUp, byHand, (await receiving).data];
  full.tryReceive();
  await waiting;
  return results;
}

const untilResting = (pid: number): Promise<void> =>
  until('the thread has told what it saw', () => threadsRest('sysvmq-recv', pid));

test('a codec that sends synchronously while it decodes loses no message', async () => {
  const [queue, full, control] = [newQueue(), fullQueue(10), newQueue()];
  const args = { id: queue.id, fullId: full.id, controlId: control.id };
  const receiver = startChild(receiveAndAcknowledge, args);
  // Two events for one receive: the first is of a canceled one.
  await untilWaiting('sysvmq-recv', 1, receiver.pid);
  queue.trySend('by hand');
  await untilResting(receiver.pid);
  control.trySend('go on');
  await untilWaiting('sysvmq-recv', 1, receiver.pid);
  queue.trySend('first');
  queue.trySend('second');
  await untilResting(receiver.pid);
  control.trySend('go on');
  expect(await receiver.result).toEqual(['AbortError', 'by hand', 'first']);
  expect(queue.tryReceive()?.data.toString()).toBe('second');
});
