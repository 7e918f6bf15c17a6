/** Which message a receive takes, against a small model of a queue; and what truncate leaves of it. */

import fc from 'fast-check';
import {
  BufferTooSmallError,
  IPC_NOWAIT,
  type MessageQueue,
  MSG_EXCEPT,
  MSG_NOERROR,
  msgrcv,
  type Select,
} from '../../lib/index';
import { failureOf } from '../support/failure';
import { checkpointRestore } from '../support/kernel-features';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

interface Sent {
  type: bigint;
  text: string;
}

/** What a queue does, in the words of POSIX: msgrcv takes the first, the first of a type, or the first of the lowest. */
class ModelQueue {
  readonly messages: Sent[] = [];

  take({ type, except, upTo }: Select): Sent | undefined {
    let candidates = this.messages;
    if (type !== undefined) candidates = candidates.filter((message) => message.type === BigInt(type));
    if (except !== undefined) candidates = candidates.filter((message) => message.type !== BigInt(except));
    if (upTo !== undefined) {
      const allowed = candidates.filter((message) => message.type <= BigInt(upTo));
      candidates = allowed.filter(({ type }) => !allowed.some((message) => message.type < type));
    }
    const [taken] = candidates;
    if (taken !== undefined) this.messages.splice(this.messages.indexOf(taken), 1);
    return taken;
  }
}

// Few types, so that they meet each other, and some that a double would confuse.
const anyType: fc.Arbitrary<number | bigint> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 2n, 2n ** 63n - 1n) },
);

const anySelect: fc.Arbitrary<Select> = fc.oneof(
  fc.constant({}),
  anyType.map((type) => ({ type })),
  anyType.map((except) => ({ except })),
  anyType.map((upTo) => ({ upTo })),
);

type Step = { send: number | bigint } | { receive: Select };
const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: anyType.map((send) => ({ send })) },
    { weight: 2, arbitrary: anySelect.map((receive) => ({ receive })) },
  ),
  { maxLength: 60 },
);

function words(message: { typeBigInt: bigint; data: unknown } | undefined): Sent | undefined {
  return message && { type: message.typeBigInt, text: String(message.data) };
}

const receivers: [title: string, receive: (queue: MessageQueue, select: Select) => Sent | undefined][] = [
  ['tryReceive', (queue, select) => words(queue.tryReceive(select))],
  ['receiveSync', (queue, select) => words(receiveNow(queue, select))],
  [
    'msgrcv',
    (queue, { type, except, upTo }) => {
      const msgtyp = type ?? except ?? (upTo === undefined ? 0 : -upTo);
      const flags = IPC_NOWAIT | (except === undefined ? 0 : MSG_EXCEPT);
      return orNothing(() => {
        const { mtypeBigInt, mtext } = msgrcv(queue.id, undefined, msgtyp, flags);
        return { type: mtypeBigInt, text: String(mtext) };
      });
    },
  ],
];

function receiveNow(queue: MessageQueue, select: Select) {
  return orNothing(() => queue.receiveSync({ ...select, nowait: true }));
}

function orNothing<Result>(receive: () => Result): Result | undefined {
  try {
    return receive();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOMSG') return undefined;
    throw error;
  }
}

itSlow.each(receivers)('%s takes what the model of a queue takes', (_, receive) => {
  const queue = newQueue();
  fc.assert(
    fc.property(anySteps, (steps) => {
      while (queue.tryReceive() !== undefined);
      const model = new ModelQueue();
      steps.forEach((step, index) => {
        if ('send' in step) {
          queue.trySend(`message ${index}`, { type: step.send });
          model.messages.push({ type: BigInt(step.send), text: `message ${index}` });
        } else {
          expect(receive(queue, step.receive)).toEqual(model.take(step.receive));
        }
      });
      expect(queue.stat().messageCount).toBe(model.messages.length);
      for (const { type, text } of model.messages) expect(words(queue.tryReceive())).toEqual({ type, text });
    }),
    { numRuns: 300 },
  );
});

itNeeds(checkpointRestore, 'peek shows the messages at their positions, and takes none', () => {
  const queue = newQueue();
  fc.assert(
    fc.property(fc.array(anyType, { maxLength: 20 }), (types) => {
      while (queue.tryReceive() !== undefined);
      for (const [index, type] of types.entries()) queue.trySend(`message ${index}`, { type });
      const seen = [...types.keys(), types.length].map((index) => words(queue.peek(index)));
      expect(seen).toEqual([
        ...types.map((type, index) => ({ type: BigInt(type), text: `message ${index}` })),
        undefined,
      ]);
      expect(queue.stat().messageCount).toBe(types.length);
    }),
    { numRuns: 100 },
  );
});

const lengths = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 8192 }));
const lengthPairs = fc.oneof(
  fc.tuple(lengths, lengths),
  lengths.map((length) => [length, length]),
  lengths.map((length) => [length, Math.max(0, length - 1)]),
  lengths.map((length) => [length, length + 1]),
  lengths.map((length) => [length, 2 ** 31 - 1]),
) as fc.Arbitrary<[length: number, maxLength: number]>;

const bytes = Buffer.from(Array.from({ length: 8192 }, (_, index) => index % 251));

it('truncate cuts at maxLength, and says so exactly when something was cut', () => {
  const queue = newQueue();
  fc.assert(
    fc.property(lengthPairs, fc.boolean(), ([length, maxLength], sync) => {
      queue.trySend(bytes.subarray(0, length));
      const select = { maxLength, truncate: true };
      const message = sync ? queue.receiveSync(select) : queue.tryReceive(select);
      expect(message?.truncated).toBe(length > maxLength);
      expect(message?.data.equals(bytes.subarray(0, Math.min(length, maxLength)))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('without truncate a message longer than maxLength is refused and stays, any other comes whole', () => {
  const queue = newQueue();
  fc.assert(
    fc.property(lengthPairs, ([length, maxLength]) => {
      queue.trySend(bytes.subarray(0, length));
      if (length > maxLength) {
        const error = failureOf(() => queue.tryReceive({ maxLength }));
        expect(error).toBeInstanceOf(BufferTooSmallError);
        expect(error).toMatchObject({ code: 'E2BIG', maxLength });
        expect(failureOf(() => queue.receiveSync({ maxLength }))).toBeInstanceOf(BufferTooSmallError);
      }
      const message = queue.tryReceive(length > maxLength ? {} : { maxLength });
      expect(message?.truncated).toBe(false);
      expect(message?.data.equals(bytes.subarray(0, length))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('msgrcv with MSG_NOERROR cuts at msgsz', () => {
  const queue = newQueue();
  fc.assert(
    fc.property(lengthPairs, ([length, size]) => {
      queue.trySend(bytes.subarray(0, length));
      const { mtext } = msgrcv(queue.id, size, 0, MSG_NOERROR | IPC_NOWAIT);
      expect(mtext.equals(bytes.subarray(0, Math.min(length, size)))).toBe(true);
    }),
    { numRuns: 300 },
  );
});
