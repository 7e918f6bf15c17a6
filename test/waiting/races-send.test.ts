/** Sends that are canceled while the queue is full: a message is in the queue if, and only if, its promise says so. */

import { AbortError, MessageQueue, type WaitOptions } from '../../lib/index';
import { type ChildContext, startChild } from '../support/child';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { pause, somePauses } from '../support/random-pauses';
import { rejectionOf } from '../support/rejection';
import { type Random, withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';
import { Tally } from '../support/tally';
import { threadsRest, untilWaiting } from '../support/waiting-threads';

const RACES = times(2_000, 20_000);
const MAX_SENDS_AT_ONCE = 8;
const MAX_MESSAGES_OF_SEND = 4;
/** Nothing else ends a test that blocks its thread. */
const ORDER_TIMEOUT_MS = 20_000;
/** Room for a few messages of up to 12 bytes. */
const CAPACITY = 40;

type Form = 'send' | 'sendMany';
type Way = 'abort' | 'timeout' | 'close';

const contests: [Form, Way][] = [
  ['send', 'abort'],
  ['send', 'timeout'],
  ['send', 'close'],
  ['sendMany', 'abort'],
  ['sendMany', 'timeout'],
  ['sendMany', 'close'],
];

// Each possible result must occur, and no other.
const everyOutcome = contests.flatMap(([form, way]) => {
  const error = { abort: 'AbortError', timeout: 'TimeoutError', close: 'QueueClosedError' }[way];
  const rejected = form === 'send' ? [error] : [`${error}, none sent`, `${error}, some sent`];
  return ['sent', ...rejected].map((outcome) => `${form}, ${way}: ${outcome}`);
});

/** What all races of a test have in common. */
interface Field {
  random: Random;
  queue: MessageQueue;
  /** How many messages the second process is to take. */
  orders: MessageQueue;
  tally: Tally;
  outcomes: Map<string, number>;
  nextNumber: number;
  /** The numbers of the messages that were taken here, as they came. */
  taken: number[];
}

const messageOf = (number: number): { data: string; type: number } => ({
  data: String(number).padEnd(5 + (number % 8)),
  type: 1 + (number % 3),
});

/** Starts a send. `giveUp` gives it up, unless that is its timeout's job; `over` is when it has settled. */
function startSend(field: Field): { giveUp: () => void; over: Promise<void> } {
  const { random, queue, tally, outcomes } = field;
  const [form, way] = random.pick(contests);
  const handle = way === 'close' ? MessageQueue.attach(queue.id) : queue;
  const controller = new AbortController();
  const options: WaitOptions = {};
  if (way === 'abort') options.signal = controller.signal;
  if (way === 'timeout') options.timeout = 1 + random.below(2);
  const giveUp: Record<Way, () => void> = {
    abort: () => controller.abort(),
    timeout: () => undefined,
    close: () => handle.close(),
  };
  const first = field.nextNumber;
  const count = form === 'send' ? 1 : 2 + random.below(MAX_MESSAGES_OF_SEND - 1);
  field.nextNumber += count;
  const messages = Array.from({ length: count }, (_, index) => messageOf(first + index));
  const { data, type } = messageOf(first);
  const sending = form === 'send' ? handle.send(data, { ...options, type }) : handle.sendMany(messages, options);

  const finish = (outcome: string, sent: number): void => {
    for (let number = first; number < first + sent; number++) tally.sent(number);
    const words = `${form}, ${way}: ${outcome}`;
    outcomes.set(words, (outcomes.get(words) ?? 0) + 1);
  };
  const over = sending.then(
    () => finish('sent', count),
    ({ name, sent }) => {
      if (form === 'send') finish(name, 0);
      else finish(`${name}, ${sent > 0 ? 'some' : 'none'} sent`, sent);
    },
  );
  return { giveUp: giveUp[way], over };
}

function take({ queue, taken, tally }: Field, count: number): void {
  for (const { data } of queue.tryReceiveMany({ max: count })) {
    taken.push(Number(data));
    tally.delivered(Number(data));
  }
}

/** Some sends at once, and room made from here and from the second process, while every send is canceled. */
async function runSome(field: Field): Promise<number> {
  const { random, orders } = field;
  const acts: (() => unknown)[] = [];
  const sends = Array.from({ length: 1 + random.below(MAX_SENDS_AT_ONCE) }, () => startSend(field));
  for (const { giveUp } of sends) acts.push(giveUp);
  for (let times = random.below(3); times > 0; times--) acts.push(() => take(field, 1 + random.below(3)));
  for (let times = random.below(3); times > 0; times--) {
    acts.push(() => orders.sendSync(String(1 + random.below(3)), { type: 1, timeout: ORDER_TIMEOUT_MS }));
  }
  for (const act of random.shuffle(acts)) {
    if (random.below(2) === 0) await pause(random);
    act();
  }
  await Promise.all(sends.map(({ over }) => over));
  return sends.length;
}

/** The second process: takes as many messages as it is asked for, after pauses, and returns their numbers. */
function takeAsTold(
  { sysvmq }: ChildContext,
  { id, ordersId, pauses }: { id: number; ordersId: number; pauses: number[] },
): number[] {
  const queue = sysvmq.MessageQueue.attach(id);
  const orders = sysvmq.MessageQueue.attach(ordersId);
  const taken: number[] = [];
  let turn = 0;
  for (;;) {
    const { type, data } = orders.receiveSync();
    if (type === 2) return taken;
    const end = performance.now() + (pauses[turn++ % pauses.length] as number) / 1000;
    while (performance.now() < end);
    for (const message of queue.tryReceiveMany({ max: Number(data) })) taken.push(Number(message.data));
  }
}

function isIncreasing(numbers: number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] as number));
}

itSlow(
  'a send that is canceled while the queue is full reports exactly whether it was sent, in the order of the calls',
  () =>
    withSeed(async (random) => {
      const field: Field = {
        random,
        queue: newQueue({ maxBytes: CAPACITY }),
        orders: newQueue(),
        tally: new Tally(),
        outcomes: new Map(),
        nextNumber: 1,
        taken: [],
      };
      const args = { id: field.queue.id, ordersId: field.orders.id, pauses: somePauses(random) };
      const taker = startChild(takeAsTold, args);
      let races = 0;
      while (races < RACES) races += await runSome(field);
      field.orders.sendSync('', { type: 2 });
      const takenThere = (await taker.result) as number[];
      for (const number of takenThere) field.tally.delivered(number);
      // Every send has settled, so that what they have sent is there now.
      take(field, CAPACITY);
      expect(field.queue.stat().messageCount).toBe(0);
      expect(field.tally.wrongs()).toEqual([]);
      expect(isIncreasing(field.taken)).toBe(true);
      expect(isIncreasing(takenThere)).toBe(true);
      expect([...field.outcomes.keys()].sort()).toEqual([...everyOutcome].sort());
      const counts = [...field.outcomes].map((outcome) => outcome.join(' ')).join(', ');
      report(`${races} sends, ${field.tally.count} messages sent; ${counts}`);
    }),
  LONG_TIMEOUT_MS,
);

// Without a turn of the event loop, so that what the thread has said is not heard yet.
function spinUntil(words: string, condition: () => boolean): void {
  const deadline = Date.now() + 20_000;
  while (!condition()) if (Date.now() > deadline) throw new Error(`timed out waiting until ${words}`);
}

test('a send that is canceled just when it can no longer fit does not start to wait again', async () => {
  const queue = newQueue({ maxBytes: 100 });
  queue.trySend(Buffer.alloc(95));
  const controller = new AbortController();
  const rejection = rejectionOf(queue.send(Buffer.alloc(50), { signal: controller.signal }));
  await untilWaiting('sysvmq-send', 1);
  queue.set({ maxBytes: 40 });
  spinUntil('the thread has given its message up', () => threadsRest('sysvmq-send'));
  queue.set({ maxBytes: 100 });
  controller.abort();
  const error = await rejection;
  expect(error).toBeInstanceOf(AbortError);
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
  expect(queue.stat().messageCount).toBe(1);
}, 10_000);
