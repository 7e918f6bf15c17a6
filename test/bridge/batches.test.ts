/** An out route takes messages in batches, and hands out memory that it uses again. */

import { setLimits } from '../../lib';
import type { Engine, OutgoingMessage, Publisher, PublishOutcome } from '../../lib/bridge';
import { newBridge } from '../support/bridges';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { newQueue } from '../support/queues';

type Publish = (message: OutgoingMessage, onOutcome: (outcome: PublishOutcome) => void) => void;

const stored = (position: number): PublishOutcome => ({ kind: 'stored', position, duplicate: false });

function engine(publish: Publish, releasesData?: boolean): Engine {
  const publisher: Publisher = {
    ...(releasesData === undefined ? {} : { releasesData }),
    identity: 'orders 1',
    deduplicationWindow: Number.POSITIVE_INFINITY,
    publish,
    findStored: async () => new Map(),
    close: () => undefined,
  };
  let lose: (reason: Error) => void = () => undefined;
  return {
    name: 'own',
    connect: async () => ({
      server: 'own',
      lost: new Promise((resolve) => {
        lose = resolve;
      }),
      openPublisher: async () => publisher,
      openSubscriber: () => Promise.reject(new Error('no subscriber')),
      checkTarget: async () => [],
      checkSource: async () => [],
      close: async () => lose(new Error('closed')),
      abandon: (reason) => lose(reason),
    }),
  };
}

const out = (queue: ReturnType<typeof newQueue>, window: number) => ({
  name: 'out',
  direction: 'out' as const,
  queue,
  to: 'orders',
  window,
});

it('the bytes of a message stay as they were until its outcome, whichever messages have theirs before', async () => {
  const queue = newQueue();
  const unanswered: { message: OutgoingMessage; answer: (outcome: PublishOutcome) => void }[] = [];
  const bridge = newBridge(
    engine((message, answer) => void unanswered.push({ message, answer }), true),
    stateFolder(),
    [out(queue, 64)],
  );
  await bridge.start();
  const COUNT = 3000;
  const seen: number[] = [];
  let sent = 0;
  const wanted = (number: number): string => `${number} `.repeat(1 + (number % 200));
  while (seen.length < COUNT) {
    while (sent < COUNT && queue.trySend(wanted(sent), { type: sent + 1 })) sent += 1;
    await until(
      'the window is full, or the queue empty',
      () =>
        unanswered.length === Math.min(64, COUNT - seen.length) || (sent < COUNT && queue.stat().messageCount === 0),
    );
    // Every other one first, the newest before the oldest.
    const batch = unanswered.splice(0);
    const later = batch.filter((_, index) => index % 2 === 1).reverse();
    for (const { message, answer } of [...later, ...batch.filter((_, index) => index % 2 === 0)]) {
      const number = Number(message.type) - 1;
      expect(message.data.toString()).toBe(wanted(number));
      seen.push(number);
      answer(stored(seen.length));
    }
    await new Promise(setImmediate);
  }
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, number) => number));
  await bridge.stop();
});

it('the bytes stay as they were after the outcome, too, for an engine that keeps them', async () => {
  const queue = newQueue();
  const kept: Buffer[] = [];
  const bridge = newBridge(
    engine(({ data }, answer) => {
      kept.push(data);
      answer(stored(kept.length));
    }),
    stateFolder(),
    [out(queue, 8)],
  );
  await bridge.start();
  const COUNT = 2000;
  const wanted = (number: number): string => `${number} `.repeat(1 + (number % 200));
  for (let sent = 0; sent < COUNT; sent++) await queue.send(wanted(sent));
  await until('all are published', () => kept.length === COUNT);
  expect(kept.map(String)).toEqual(Array.from({ length: COUNT }, (_, number) => wanted(number)));
  await bridge.stop();
});

it('an engine that answers within the call leaves the rest of the process its turns', async () => {
  const queue = newQueue();
  let published = 0;
  let atFirstTurn = 0;
  const bridge = newBridge(
    engine((_, answer) => {
      if (published === 0) {
        setImmediate(() => {
          atFirstTurn = published;
        });
      }
      published += 1;
      // The queue never becomes empty.
      if (published < 5000) queue.trySend('x');
      answer(stored(published));
    }),
    stateFolder(),
    [out(queue, 8)],
  );
  for (let count = 0; count < 300; count++) queue.trySend('x');
  await bridge.start();
  await until('5,000 messages are published', () => published >= 5000);
  expect(atFirstTurn).toBeGreaterThan(0);
  expect(atFirstTurn).toBeLessThan(600);
  await bridge.stop();
});

it('messages that are longer than the memory of a batch come in order between short ones', async () => {
  setLimits({ msgmax: 300_000, msgmnb: 3_000_000 });
  try {
    const queue = newQueue();
    const lengths = [10, 70_000, 20, 30, 60_000, 60_000, 0, 250_000, 40];
    const seen: { length: number; sequence: number | undefined; sound: boolean }[] = [];
    const bridge = newBridge(
      engine(({ data, sequence, type }, answer) => {
        const sound = data.every((byte) => byte === Number(type));
        seen.push({ length: data.length, sequence, sound });
        answer(stored(seen.length));
      }),
      stateFolder(),
      [out(queue, 64)],
    );
    for (const [index, length] of lengths.entries())
      await queue.send(Buffer.alloc(length, index + 1), { type: index + 1 });
    await bridge.start();
    await until('all are published', () => seen.length === lengths.length);
    expect(seen.map(({ length }) => length)).toEqual(lengths);
    expect(seen.every(({ sound }) => sound)).toBe(true);
    const sequences = seen.map(({ sequence }) => sequence as number);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(new Set(sequences).size).toBe(lengths.length);
    await bridge.stop();
  } finally {
    setLimits({ msgmax: 8192, msgmnb: 16_384 });
  }
});
