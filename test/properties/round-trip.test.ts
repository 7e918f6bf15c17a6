/** Everything that is sent is received unchanged: bytes, text, types and values, through every way to send and to receive. */

import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { codecs, IPC_NOWAIT, MessageQueue, msgrcv, msgsnd } from '../../lib/index';
import { checkpointRestore } from '../support/kernel-features';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';

const RUNS = { numRuns: 300 };
const MSGMAX = 8192;

let queue: MessageQueue;

beforeEach(() => {
  queue = newQueue();
});

interface Received {
  type: number;
  typeBigInt: bigint;
  data: Buffer;
}

type Payload = string | Uint8Array;
type Type = number | bigint;

const ways: [title: string, pass: (data: Payload, type: Type) => Received | undefined][] = [
  [
    'trySend and tryReceive',
    (data, type) => {
      queue.trySend(data, { type });
      return queue.tryReceive();
    },
  ],
  [
    'sendSync and receiveSync',
    (data, type) => {
      queue.sendSync(data, { type });
      return queue.receiveSync();
    },
  ],
  [
    'msgsnd and msgrcv',
    (data, type) => {
      msgsnd(queue.id, { mtype: type, mtext: data }, IPC_NOWAIT);
      const { mtype, mtypeBigInt, mtext } = msgrcv(queue.id, undefined, 0, IPC_NOWAIT);
      return { type: mtype, typeBigInt: mtypeBigInt, data: mtext };
    },
  ],
];

// Short ones often, because that is where buffers come from Node's pool, and some up to what the kernel takes.
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.uint8Array({ maxLength: MSGMAX, size: 'max' }),
  fc.constantFrom(0, 1, 4095, 4096, MSGMAX - 1, MSGMAX).map((length) => new Uint8Array(length).fill(0xa5)),
);

// Any UTF-16 at all, with halves of surrogate pairs alone among it, and text as people write it.
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 500 }),
  fc.string({ unit: 'binary', maxLength: 500 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 1000 }).map((units) => String.fromCharCode(...units)),
  fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 100 }).map((units) => String.fromCharCode(...units)),
);

const anyType: fc.Arbitrary<Type> = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fc.maxSafeNat().filter((type) => type >= 1),
  fc.bigInt(1n, 2n ** 63n - 1n),
  fc.constantFrom<Type>(1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n),
);

/** UTF-16 with U+FFFD in place of every half of a surrogate pair that stands alone. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (unit) =>
    unit.length === 2 ? unit : '\ufffd',
  );
}

describe.each(ways)('%s', (_, pass) => {
  it('carries any bytes, from none to msgmax', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(Buffer.compare(pass(bytes, 1)?.data as Buffer, bytes)).toBe(0);
      }),
      RUNS,
    );
  });

  it('carries any text as UTF-8, with U+FFFD for surrogates that stand alone', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(pass(text, 1)?.data.toString('utf8')).toBe(wellFormed(text));
      }),
      RUNS,
    );
  });

  it('carries any type from 1 to 2^63-1 exactly', () => {
    fc.assert(
      fc.property(anyType, (type) => {
        const message = pass('', type);
        expect(message?.typeBigInt).toBe(BigInt(type));
        expect(message?.type).toBe(Number(type));
      }),
      RUNS,
    );
  });
});

itNeeds(checkpointRestore, 'peek shows any bytes and any type', () => {
  fc.assert(
    fc.property(anyBytes, anyType, (bytes, type) => {
      queue.trySend(bytes, { type });
      const message = queue.peek();
      expect([message?.typeBigInt, message?.data.equals(bytes)]).toEqual([BigInt(type), true]);
      queue.tryReceive();
    }),
    RUNS,
  );
});

it('any bytes survive with any type, and in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 100 }), anyType), { maxLength: 50 }), (messages) => {
      for (const [bytes, type] of messages) queue.trySend(bytes, { type });
      for (const [bytes, type] of messages) {
        const message = queue.tryReceive();
        expect([message?.typeBigInt, message?.data.equals(bytes)]).toEqual([BigInt(type), true]);
      }
    }),
    { numRuns: 100 },
  );
});

it('codecs.utf8 carries any text', () => {
  const text = MessageQueue.attach(queue.id, { codec: codecs.utf8 });
  fc.assert(
    fc.property(anyText, (value) => {
      text.trySend(value);
      expect(text.tryReceive()?.data).toBe(wellFormed(value));
    }),
    RUNS,
  );
});

it('codecs.json carries what JSON can write', () => {
  const json = MessageQueue.attach(queue.id, { codec: codecs.json() });
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      json.trySend(value);
      // JSON has no negative zero.
      expect(json.tryReceive()?.data).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    RUNS,
  );
});

it('codecs.json carries any text, also surrogates that stand alone, which JSON escapes', () => {
  const json = MessageQueue.attach(queue.id, { codec: codecs.json<string>() });
  fc.assert(
    fc.property(anyText, (value) => {
      json.trySend(value);
      expect(json.tryReceive()?.data).toBe(value);
    }),
    RUNS,
  );
});

const anyStructured = fc.anything({
  maxDepth: 2,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
});

it('codecs.structured carries what structured clone knows, as v8.serialize does', () => {
  const structured = MessageQueue.attach(queue.id, { codec: codecs.structured() });
  fc.assert(
    fc.property(anyStructured, (value) => {
      structured.trySend(value);
      // As bytes, because toEqual takes no invalid date for another.
      const expected = serialize(deserialize(serialize(value)));
      expect(serialize(structured.tryReceive()?.data).equals(expected)).toBe(true);
    }),
    RUNS,
  );
});

it('codecs.structured carries cycles and shared parts', () => {
  const structured = MessageQueue.attach(queue.id, { codec: codecs.structured<Record<string, unknown>>() });
  const part = { name: 'part' };
  const value: Record<string, unknown> = { part, again: part };
  value['self'] = value;
  structured.trySend(value);
  const copy = structured.tryReceive()?.data;
  expect(copy?.['self']).toBe(copy);
  expect(copy?.['part']).toBe(copy?.['again']);
});

it('a codec of one’s own gets the bytes that its encode has made', () => {
  const seen: Buffer[] = [];
  const codec = { encode: (value: Uint8Array) => value, decode: (bytes: Buffer) => seen.push(bytes) };
  const own = MessageQueue.attach<unknown>(queue.id, { codec: codec as never });
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      own.trySend(bytes);
      own.tryReceive();
      expect(seen.pop()?.equals(bytes)).toBe(true);
    }),
    RUNS,
  );
});
