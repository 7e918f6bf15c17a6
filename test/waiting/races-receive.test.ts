/** Receives that are canceled just as a message comes: it is delivered once, here or to the next receiver. */

import { type Message, MessageQueue, type ReceiveManyOptions, type Select } from '../../lib/index';
import { type ChildContext, startChild, until } from '../support/child';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { pause, somePauses } from '../support/random-pauses';
import { type Random, withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';
import { Tally } from '../support/tally';

/** Of each of the four tests. */
const RACES = times(2_500, 100_000);
const MAX_RACES_AT_ONCE = 12;
/** Nothing else ends a test that blocks its thread. */
const ORDER_TIMEOUT_MS = 20_000;

type Form = 'receive' | 'receiveMany' | 'messages';
type Way = 'abort' | 'timeout' | 'close' | 'return';

const contests: [Form, Way][] = [
  ['receive', 'abort'],
  ['receive', 'timeout'],
  ['receive', 'close'],
  ['receiveMany', 'abort'],
  ['receiveMany', 'timeout'],
  ['receiveMany', 'close'],
  ['messages', 'abort'],
  ['messages', 'close'],
  ['messages', 'return'],
];

// Each race must end both ways in some round, and in no other way.
const everyOutcome = contests.flatMap(([form, way]) => {
  const errors = { abort: 'AbortError', timeout: 'TimeoutError', close: 'QueueClosedError', return: 'end' };
  const givenUp = form === 'messages' && way === 'close' ? 'end' : errors[way];
  return [`${form}, ${way}: delivered`, `${form}, ${way}: ${givenUp}`];
});

/** What all races of a test have in common. */
interface Field {
  random: Random;
  queue: MessageQueue;
  spin: { spin?: number };
  /** An empty message says its number by its type, any other one in its text. */
  empty: boolean;
  /** What the second process is to send: the number of the first message, and how many. */
  orders: MessageQueue;
  tally: Tally;
  outcomes: Map<string, number>;
  nextNumber: number;
}

const typeOf = (number: number, empty: boolean): number => (empty ? number : 1 + (number % 4));
const textOf = (number: number, empty: boolean): string => (empty ? '' : String(number));
const numberOf = ({ type, data }: Message): number => (data.length === 0 ? type : Number(data.toString()));

function anySelect({ random, empty, nextNumber }: Field): Select {
  const type = empty ? nextNumber + random.below(MAX_RACES_AT_ONCE) : 1 + random.below(4);
  const wide = empty
    ? random.pick([{ except: 1 }, { upTo: 2 ** 40 }])
    : random.pick([{ except: type }, { upTo: type }]);
  return random.pick([{}, { type }, wide]);
}

/** Starts a receive. `giveUp` gives it up, unless that is its timeout's job; `over` is when it has settled. */
function startRace(field: Field): { giveUp: () => void; over: Promise<void> } {
  const { random, queue, spin, tally, outcomes } = field;
  const [form, way] = random.pick(contests);
  const handle = way === 'close' ? MessageQueue.attach(queue.id, spin) : queue;
  const controller = new AbortController();
  const options: ReceiveManyOptions = anySelect(field);
  if (way === 'abort') options.signal = controller.signal;
  const iterator = handle.messages(options);
  if (way === 'timeout') options.timeout = 1 + random.below(2);
  const start: Record<Form, () => Promise<Message[]>> = {
    receive: async () => [await handle.receive(options)],
    receiveMany: () => handle.receiveMany({ ...options, max: 1 + random.below(3) }),
    messages: async () => {
      const { value } = await iterator.next();
      return value === undefined ? [] : [value];
    },
  };
  const giveUp: Record<Way, () => unknown> = {
    abort: () => controller.abort(),
    timeout: () => undefined,
    close: () => handle.close(),
    return: () => iterator.return?.(),
  };
  const finish = (outcome: string): void => {
    const words = `${form}, ${way}: ${outcome}`;
    outcomes.set(words, (outcomes.get(words) ?? 0) + 1);
  };
  const over = start[form]().then(
    (messages) => {
      for (const message of messages) tally.delivered(numberOf(message));
      finish(messages.length > 0 ? 'delivered' : 'end');
    },
    (error) => finish(error.name),
  );
  return { giveUp: giveUp[way], over };
}

function send({ queue, tally, empty }: Field, number: number): void {
  tally.sent(number);
  queue.sendSync(textOf(number, empty), { type: typeOf(number, empty), nowait: true });
}

function order({ orders, tally }: Field, first: number, count: number): void {
  for (let number = first; number < first + count; number++) tally.sent(number);
  orders.sendSync(Buffer.from(Int32Array.of(first, count).buffer), { timeout: ORDER_TIMEOUT_MS });
}

function drain({ queue, tally }: Field): void {
  for (const message of queue.tryReceiveMany({ max: 1000 })) tally.delivered(numberOf(message));
}

/** Some receives at once, some messages from here and from the second process, and every receive canceled. */
async function runSome(field: Field): Promise<number> {
  const { random } = field;
  const races = Array.from({ length: 1 + random.below(MAX_RACES_AT_ONCE) }, () => startRace(field));
  const acts = races.map(({ giveUp }) => giveUp);
  for (let count = random.below(races.length + 1); count > 0; count--) {
    const number = field.nextNumber++;
    acts.push(() => send(field, number));
  }
  const ordered = random.below(races.length + 1);
  const first = field.nextNumber;
  field.nextNumber += ordered;
  // Early, because it takes its time to get there.
  if (ordered > 0) order(field, first, ordered);
  for (const act of random.shuffle(acts)) {
    if (random.below(2) === 0) await pause(random);
    act();
  }
  await Promise.all(races.map(({ over }) => over));
  if (random.below(4) > 0) drain(field);
  return races.length;
}

/** The second process: sends the messages that it is asked for, after pauses. */
function sendAsTold(
  { sysvmq }: ChildContext,
  { id, ordersId, pauses, empty }: { id: number; ordersId: number; pauses: number[]; empty: boolean },
): void {
  const queue = sysvmq.MessageQueue.attach(id);
  const orders = sysvmq.MessageQueue.attach(ordersId);
  let turn = 0;
  for (;;) {
    const { type, data } = orders.receiveSync();
    if (type === 2) return;
    const [first, count] = [data.readInt32LE(0), data.readInt32LE(4)];
    for (let number = first; number < first + count; number++) {
      const end = performance.now() + (pauses[turn++ % pauses.length] as number) / 1000;
      while (performance.now() < end);
      queue.sendSync(empty ? '' : String(number), { type: empty ? number : 1 + (number % 4) });
    }
  }
}

async function runRaces(random: Random, spin: { spin?: number }, empty: boolean): Promise<void> {
  const queue = newQueue(spin);
  const field: Field = {
    random,
    queue,
    spin,
    empty,
    orders: newQueue(),
    tally: new Tally(),
    outcomes: new Map(),
    nextNumber: 10,
  };
  const pauses = somePauses(random);
  const sender = startChild(sendAsTold, { id: queue.id, ordersId: field.orders.id, pauses, empty });
  for (let races = 0; races < RACES; races += await runSome(field));
  field.orders.sendSync('', { type: 2 });
  await sender.result;
  // An empty message that was on its way to a canceled receive is on its way back.
  await until('every message has turned up', () => {
    drain(field);
    return field.tally.complete;
  }).catch(() => undefined);
  expect(field.tally.wrongs()).toEqual([]);
  expect([...field.outcomes.keys()].sort()).toEqual([...everyOutcome].sort());
  report(
    `${RACES} races, ${field.tally.count} messages; ${[...field.outcomes].map((outcome) => outcome.join(' ')).join(', ')}`,
  );
}

describe.each([
  ['text', false],
  ['empty', true],
])('%s messages that race with canceled receives arrive once', (_, empty) => {
  itSlow('without polling', () => withSeed((random) => runRaces(random, { spin: 0 }, empty)), LONG_TIMEOUT_MS);
  itSlow('with the default polling', () => withSeed((random) => runRaces(random, {}, empty)), LONG_TIMEOUT_MS);
});
