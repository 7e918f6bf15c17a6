/** Empty messages that come just as a wait begins or ends: none is lost, none comes twice, and their types stay exact. */

import { type Message, MessageQueue } from '../../lib/index';
import { type ChildContext, startChild, until } from '../support/child';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { busyFor, pause, somePauses } from '../support/random-pauses';
import { type Random, withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const RACES = times(200, 2000);
/** More than a double holds exactly: a type that is rounded on the way is another message's. */
const FIRST_TYPE = 2n ** 62n;

jest.setTimeout(LONG_TIMEOUT_MS);

type End = 'abort' | 'timeout' | 'close';

const codes: Record<End, string> = { abort: 'ABORT_ERR', timeout: 'ETIMEDOUT', close: 'ERR_QUEUE_CLOSED' };

/** The types of the messages that a test sends, each its own. */
function typesOf(count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => FIRST_TYPE + BigInt(index));
}

/** One that went back into the queue went to its end. */
function inOrder(types: bigint[]): bigint[] {
  return types.sort((a, b) => (a < b ? -1 : 1));
}

async function comesBack(queue: MessageQueue): Promise<Message> {
  await until('the message of a canceled wait is in the queue', () => queue.stat().messageCount === 1, 5000);
  return queue.tryReceive() as Message;
}

/** One wait, one message, one end of the wait, at about the same time; returns who has the message. */
async function race(random: Random, queue: MessageQueue, spin: number, end: End, type: bigint): Promise<string> {
  const handle = MessageQueue.attach(queue.id, { spin });
  const controller = new AbortController();
  const options = end === 'timeout' ? { timeout: 1 } : { signal: controller.signal };
  const receiving = random.below(2) === 0 ? handle.receive(options) : handle.receiveMany(options);
  const outcome = receiving.then(
    (received) => (Array.isArray(received) ? (received[0] as Message) : received),
    (error) => error.code,
  );
  // A timeout comes when it comes; the message comes somewhere around it.
  if (end === 'timeout') busyFor(random.below(1500));
  else if (spin === 0) await untilWaiting('sysvmq-recv', 1);
  else if (random.below(2) === 0) await new Promise(setImmediate);
  queue.trySend('', { type });
  await pause(random);
  if (end === 'abort') controller.abort();
  if (end === 'close') handle.close();
  const received = await outcome;
  const message = typeof received === 'string' ? await comesBack(queue) : received;
  expect(message).toMatchObject({ typeBigInt: type, data: Buffer.alloc(0) });
  expect(queue.stat().messageCount).toBe(0);
  handle.close();
  if (typeof received !== 'string') return 'received';
  expect(received).toBe(codes[end]);
  return 'given up';
}

describe.each<End>(['abort', 'timeout', 'close'])('an empty message that races with the end of its wait: %s', (end) => {
  itSlow.each([
    ['parked', 0],
    ['polling', 1_000_000],
  ])('is received, or is in the queue: %s', async (state, spin) => {
    await withSeed(async (random) => {
      const queue = newQueue();
      const counts = new Map<string, number>();
      for (let round = 0; round < RACES; round++) {
        const who = await race(random, queue, spin, end, FIRST_TYPE + BigInt(round));
        counts.set(who, (counts.get(who) ?? 0) + 1);
      }
      report(`${end}, ${state}: ${[...counts].map((entry) => entry.join(' ')).join(', ')}`);
    });
  });
});

it('empty messages for several receives, some of which are aborted, are received once each', async () => {
  await withSeed(async (random) => {
    const queue = newQueue({ spin: 0 });
    const received: bigint[] = [];
    let sent = 0n;
    const enough = BigInt(RACES);
    while (sent < enough) {
      const controllers = Array.from({ length: 5 }, () => new AbortController());
      const receives = controllers.map(({ signal }) =>
        queue.receive({ signal }).then(
          ({ typeBigInt }) => received.push(typeBigInt),
          ({ code }) => expect(code).toBe('ABORT_ERR'),
        ),
      );
      for (const controller of random.shuffle([...controllers])) {
        if (random.below(2) === 0) await new Promise(setImmediate);
        for (let count = random.below(3); count > 0; count--) queue.trySend('', { type: FIRST_TYPE + sent++ });
        busyFor(random.below(40));
        controller.abort();
      }
      await Promise.all(receives);
    }
    await until('every message has come', () => {
      for (let message = queue.tryReceive(); message !== undefined; message = queue.tryReceive()) {
        received.push(message.typeBigInt);
      }
      return received.length >= Number(sent);
    });
    expect(inOrder(received)).toEqual(typesOf(Number(sent)));
    expect(queue.stat().messageCount).toBe(0);
    queue.close();
  });
});

interface Orders {
  id: number;
  firstType: bigint;
  count: number;
  pauses: number[];
}

function sendEmpties({ sysvmq }: ChildContext, { id, firstType, count, pauses }: Orders): void {
  const queue = sysvmq.MessageQueue.attach(id);
  for (let index = 0; index < count; index++) {
    queue.sendSync('', { type: firstType + BigInt(index) });
    const end = performance.now() + (pauses[index % pauses.length] as number) / 100;
    while (performance.now() < end);
  }
}

itSlow('empty messages of another process are received once each, in whatever way they are asked for', async () => {
  await withSeed(async (random) => {
    const queue = newQueue({ spin: 20 });
    const received: bigint[] = [];
    const counts = new Map<string, number>();
    const keep = (way: string, messages: (Message | undefined)[]): void => {
      for (const message of messages) {
        if (message === undefined) continue;
        received.push(message.typeBigInt);
        counts.set(way, (counts.get(way) ?? 0) + 1);
      }
    };
    const timedOut = (error: unknown): undefined => {
      expect(error).toMatchObject({ code: 'ETIMEDOUT' });
      return undefined;
    };
    const receiveSync = (): Message | undefined => {
      try {
        return queue.receiveSync({ timeout: random.below(3) });
      } catch (error) {
        return timedOut(error);
      }
    };
    const iterator = queue.messages();
    const ways: Record<string, () => Promise<(Message | undefined)[]>> = {
      receive: async () => [await queue.receive({ timeout: random.below(3) }).catch(timedOut)],
      receiveMany: async () => (await queue.receiveMany({ timeout: random.below(3), max: 3 }).catch(timedOut)) ?? [],
      receiveSync: async () => [receiveSync()],
      tryReceive: async () => [queue.tryReceive()],
      messages: async () => [(await iterator.next()).value],
    };
    const orders = { id: queue.id, firstType: FIRST_TYPE, count: RACES, pauses: somePauses(random) };
    const child = startChild(sendEmpties, orders);
    while (received.length < RACES) {
      // After the last message no other one would end the wait of the iterator.
      const all = Object.keys(ways).filter((way) => way !== 'messages' || received.length < RACES / 2);
      const way = random.pick(all);
      keep(way, await (ways[way] as () => Promise<(Message | undefined)[]>)());
    }
    await child.result;
    expect(inOrder(received)).toEqual(typesOf(RACES));
    expect(queue.stat().messageCount).toBe(0);
    report(`another process: ${[...counts].map((entry) => entry.join(' ')).join(', ')}`);
    queue.close();
  });
});
