/** The parts of the bridge that need no engine: what is settled, acknowledgements, types, loops. */

import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { incomingType } from '../../lib/bridge/incoming-type';
import { findLoop, typesMeet, typesOf } from '../../lib/bridge/loops';
import { matches } from '../../lib/bridge/nats/nats-connection';
import { deliveryOf, readDelivery } from '../../lib/bridge/nats/nats-delivery';
import { outcomeOf } from '../../lib/bridge/nats/nats-publisher';
import type { JsMsg } from '../../lib/bridge/nats/nats-types';
import { checkRoutes } from '../../lib/bridge/routes';
import { BITMAP_SEQUENCES, type Settled, SettledBitmap, type SettledMessage } from '../../lib/bridge/settled';
import { SettledPositions } from '../../lib/bridge/settled-positions';
import { subjectOf, subjectPattern } from '../../lib/bridge/subjects';
import type { NoteStore } from '../../lib/native/noted-batch';
import { stateFolder } from '../support/consuming';
import { itSlow } from '../support/slow';

const noteIn = (folder: string): string => join(folder, 'note');

it('a sequence is settled when it was noted, also for the next process', () => {
  const path = noteIn(stateFolder());
  const first = new SettledBitmap(path, 'stream 1');
  for (const sequence of [1, 2, 5]) first.settle(sequence, 1000 + sequence);
  first.close();
  const second = new SettledBitmap(path, 'stream 1');
  expect([1, 2, 3, 4, 5, 6].map((sequence) => second.isSettled(sequence, 0))).toEqual([
    true,
    true,
    false,
    false,
    true,
    false,
  ]);
  second.close();
});

it('a run is in the file at once, and a gap after it too', () => {
  const path = noteIn(stateFolder());
  const killed = new SettledBitmap(path, 's');
  for (const sequence of [1, 2, 3]) killed.settle(sequence, 1000 + sequence);
  const isSettled = (sequence: number, storedAt: number): boolean => {
    const next = new SettledBitmap(path, 's');
    const settled = next.isSettled(sequence, storedAt);
    next.close();
    return settled;
  };
  expect([3, 4].map((sequence) => isSettled(sequence, 1003))).toEqual([true, false]);
  expect(isSettled(3, 1004)).toBe(false); // Newer than the newest: the engine uses the number again.
  killed.settle(4, 1004);
  killed.settle(7, 1007);
  killed.settle(8, 1008);
  expect([4, 5, 6, 7, 8, 9].map((sequence) => isSettled(sequence, 0))).toEqual([true, false, false, true, true, false]);
  killed.close();
});

it('a note that cannot be mapped is an error that names it', () => {
  const folder = stateFolder();
  new SettledBitmap(join(folder, 'elsewhere'), 's').close();
  symlinkSync(join(folder, 'elsewhere'), noteIn(folder));
  expect(() => new SettledBitmap(noteIn(folder), 's')).toThrow(/note can't be mapped \(ELOOP\)$/);
});

it('another stream begins with nothing settled', () => {
  const path = noteIn(stateFolder());
  const first = new SettledBitmap(path, 'stream 1');
  first.settle(1, 1);
  first.close();
  const second = new SettledBitmap(path, 'stream 2');
  expect(second.isSettled(1, 0)).toBe(false);
  second.close();
});

it('everything up to the floor is settled, and the floor never falls', () => {
  const note = new SettledBitmap(noteIn(stateFolder()), 's');
  note.settle(20, 5);
  note.raiseFloor(10);
  note.raiseFloor(3);
  expect([10, 11, 19, 20].map((sequence) => note.isSettled(sequence, 0))).toEqual([true, false, false, true]);
  note.close();
});

it('a lap later no bit of the lap before is left', () => {
  const path = noteIn(stateFolder());
  const note = new SettledBitmap(path, 's');
  for (const sequence of [1, 2, 3, BITMAP_SEQUENCES - 1, BITMAP_SEQUENCES]) note.settle(sequence, sequence);
  note.raiseFloor(BITMAP_SEQUENCES);
  note.settle(BITMAP_SEQUENCES + 5, BITMAP_SEQUENCES + 5);
  const laps = [1, 2, 3, 4, 5].map((offset) => BITMAP_SEQUENCES + offset);
  expect(laps.map((sequence) => note.isSettled(sequence, 0))).toEqual([false, false, false, false, true]);
  note.close();
  const again = new SettledBitmap(path, 's');
  expect(laps.map((sequence) => again.isSettled(sequence, 0))).toEqual([false, false, false, false, true]);
  again.close();
});

it.each([1, 2, 3, 4])(
  'whatever was noted is known, also to the next process, and nothing else is (seed %i)',
  (seed) => {
    const path = noteIn(stateFolder());
    let state = seed;
    const below = (limit: number): number => {
      state = (state * 48271) % 0x7fffffff;
      return state % limit;
    };
    const settled = new Set<number>();
    let [next, floor] = [1, 0];
    let note = new SettledBitmap(path, 's');
    for (let step = 0; step < 3000; step++) {
      const kind = below(100);
      if (kind < 80) next += kind < 70 ? 1 : 1 + below(40);
      const sequence = kind < 90 ? next : Math.max(1, next - below(200));
      note.settle(sequence, 1);
      settled.add(sequence);
      if (below(150) === 0) {
        floor = Math.max(floor, next - 100);
        note.raiseFloor(floor);
      }
      if (below(40) !== 0) continue;
      const before = note;
      note = new SettledBitmap(path, 's');
      before.close();
      for (let look = Math.max(1, next - 300); look < next + 20; look++) {
        expect([look, note.isSettled(look, 1)]).toEqual([look, look <= floor || settled.has(look)]);
      }
    }
    note.close();
  },
);

it('a known sequence with a newer time is another message: the engine has lost data, and uses its numbers again', () => {
  const note = new SettledBitmap(noteIn(stateFolder()), 's');
  for (let sequence = 1; sequence <= 100; sequence++) note.settle(sequence, 1000 + sequence);
  note.raiseFloor(50);
  expect(note.isSettled(80, 1080)).toBe(true);
  expect(note.isSettled(81, 5000)).toBe(false);
  note.settle(81, 5000);
  expect([80, 81, 82, 100].map((sequence) => note.isSettled(sequence, 0))).toEqual([true, true, false, false]);
  note.close();
});

const MILLISECONDS = 1_700_000_000_000n;
const positionAt = (index: number, milliseconds = MILLISECONDS): bigint => (milliseconds << 64n) | BigInt(index);

/** A file with these stores made, as the thread that sends makes them. */
function withStores(file: Buffer, stores: Iterable<readonly NoteStore[]>): Buffer {
  const changed = Buffer.from(file);
  for (const [at, value] of [...stores].flat()) {
    if (typeof value === 'number') changed.writeDoubleLE(value, at);
    else changed.writeBigUInt64LE(value, at);
  }
  return changed;
}

interface NoteCase {
  name: string;
  open: (path: string) => Settled;
  /** Before the messages. */
  noted: SettledMessage[];
  messages: SettledMessage[];
  /** How many stores alone can note. */
  together: number;
}

const sequences = (...numbers: number[]): SettledMessage[] =>
  numbers.map((position) => ({ position, storedAt: 1000 + position }));
const ids = (...numbers: number[]): SettledMessage[] =>
  numbers.map((number) => ({ position: positionAt(number % 10, MILLISECONDS + BigInt(number)), storedAt: 0 }));
const again = (message: SettledMessage): SettledMessage => ({ ...message, redelivered: true });
const bitmap = (path: string): Settled => new SettledBitmap(path, 's');
const ordered = (path: string): Settled => new SettledPositions(path, 's', true);
const unordered = (path: string): Settled => new SettledPositions(path, 's', false);

const noteCases: NoteCase[] = [
  { name: 'from the first', open: bitmap, noted: [], messages: sequences(1, 2, 3), together: 3 },
  { name: 'behind a run', open: bitmap, noted: sequences(1, 2), messages: sequences(3, 4), together: 2 },
  { name: 'behind a gap', open: bitmap, noted: sequences(1, 5), messages: sequences(6, 7), together: 2 },
  { name: 'before a gap', open: bitmap, noted: sequences(1), messages: sequences(2, 3, 5), together: 2 },
  { name: 'a gap first', open: bitmap, noted: sequences(1), messages: sequences(3, 4), together: 0 },
  { name: 'settled first', open: bitmap, noted: sequences(1, 2, 3), messages: sequences(2, 4), together: 0 },
  { name: 'settled later', open: bitmap, noted: sequences(1), messages: sequences(2, 1, 3), together: 1 },
  { name: 'ids', open: ordered, noted: [], messages: ids(3, 4, 14), together: 3 },
  { name: 'ids behind others', open: ordered, noted: ids(3, 9), messages: ids(10, 11, 25), together: 3 },
  { name: 'ids before the mark', open: ordered, noted: ids(3, 9), messages: ids(5, 10), together: 0 },
  { name: 'out of order', open: ordered, noted: ids(3), messages: ids(9, 5), together: 1 },
  { name: 'again', open: ordered, noted: ids(3, 9), messages: [...ids(5).map(again), ...ids(10)], together: 2 },
  { name: 'settled again', open: ordered, noted: ids(3, 9), messages: ids(3).map(again), together: 0 },
  { name: 'ids in any order', open: unordered, noted: ids(9), messages: ids(12, 5, 3), together: 3 },
  { name: 'twice the same', open: unordered, noted: ids(9), messages: ids(5, 5), together: 1 },
];

it.each(noteCases)(
  'the stores for messages note what settle() notes, as far as stores can: $name',
  ({ open, noted, messages, together }) => {
    const path = noteIn(stateFolder());
    const note = open(path);
    for (const { position, storedAt } of noted) note.settle(position, storedAt);
    const before = readFileSync(path);
    const stores = [...note.storesFor(messages)];
    expect(stores).toHaveLength(together);
    expect(readFileSync(path).equals(before)).toBe(true); // Nothing is noted yet.
    for (let count = 0; count <= together; count++) {
      const copy = noteIn(stateFolder());
      writeFileSync(copy, withStores(before, stores.slice(0, count)));
      const next = open(copy);
      const settled = messages
        .slice(0, together)
        .map(({ position, storedAt, redelivered }) => next.isSettled(position, storedAt, redelivered));
      expect(settled).toEqual(messages.slice(0, together).map((_, index) => index < count));
      next.close();
    }
    // A message that a thread has noted is settled here, too, and the file stays as the thread has left it.
    const after = withStores(before, stores);
    writeFileSync(path, after, { flag: 'r+' });
    for (const { position, storedAt } of messages.slice(0, together)) note.settle(position, storedAt, true);
    expect(readFileSync(path).equals(after)).toBe(true);
    for (const { position, storedAt } of messages.slice(0, together)) {
      expect(note.isSettled(position, storedAt, true)).toBe(true);
    }
    note.close();
  },
);

it('stores end where the bitmap would have to be moved', () => {
  const note = new SettledBitmap(noteIn(stateFolder()), 's');
  note.settle(BITMAP_SEQUENCES - 2, 1);
  const next = [BITMAP_SEQUENCES - 1, BITMAP_SEQUENCES].map((position) => ({ position, storedAt: 1 }));
  expect([...note.storesFor(next)]).toHaveLength(1);
  note.close();
});

it('a stream in order has a mark, of 128 bits', () => {
  const path = noteIn(stateFolder());
  const first = new SettledPositions(path, 'redis orders', true);
  first.settle(positionAt(7));
  first.close();
  const second = new SettledPositions(path, 'redis orders', true);
  expect(second.high).toBe(positionAt(7));
  expect([6, 7, 8].map((index) => second.isSettled(positionAt(index), 0))).toEqual([true, true, false]);
  second.lowerTo(positionAt(6));
  second.close();
  const third = new SettledPositions(path, 'redis orders', true);
  expect([6, 7].map((index) => third.isSettled(positionAt(index), 0))).toEqual([true, false]);
  expect(third.isSettled(positionAt(7), 0, true)).toBe(false);
  third.close();
});

it('the mark does not settle a message that was delivered before: it was settled, or it is not', () => {
  const path = noteIn(stateFolder());
  const note = new SettledPositions(path, 'redis orders', true);
  note.settle(positionAt(5));
  note.settle(positionAt(7));
  const settled = (redelivered: boolean): boolean[] =>
    [5, 6, 7].map((index) => note.isSettled(positionAt(index), 0, redelivered));
  expect([settled(false), settled(true)]).toEqual([
    [true, true, true],
    [true, false, true],
  ]);
  note.close();
});

it('a kill between two stores of the note leaves no position that was not settled', () => {
  const path = noteIn(stateFolder());
  const note = new SettledPositions(path, 'redis orders', true);
  note.settle(positionAt(9));
  const before = readFileSync(path);
  note.settle(positionAt(4, MILLISECONDS + 1n));
  const after = readFileSync(path);
  note.close();
  // The words that have changed, in the order of the stores: of the slot, high, low, high; of the mark, low, high, low.
  const changed = Array.from({ length: before.length >> 3 }, (_, word) => word * 8).filter(
    (at) => before.compare(after, at, at + 8, at, at + 8) !== 0,
  );
  const [slotHigh, slotLow, markHigh, markLow] = changed as [number, number, number, number];
  expect(changed).toHaveLength(4);
  const stores = [
    [slotLow, after],
    [slotHigh, after],
    [markLow, Buffer.alloc(before.length)],
    [markHigh, after],
    [markLow, after],
  ] as const;
  const file = Buffer.from(before);
  const unsettled = [positionAt(10), positionAt(4, MILLISECONDS + 2n), positionAt(5, MILLISECONDS + 1n)];
  for (const [at, from] of stores) {
    from.copy(file, at, at, at + 8);
    writeFileSync(path, file);
    const next = new SettledPositions(path, 'redis orders', true);
    const isSettled = (position: bigint, redelivered: boolean): boolean => next.isSettled(position, 0, redelivered);
    expect(unsettled.map((position) => isSettled(position, true))).toEqual([false, false, false]);
    expect(unsettled.slice(1).map((position) => isSettled(position, false))).toEqual([false, false]);
    expect(isSettled(positionAt(9), true)).toBe(true);
    next.close();
  }
  const last = new SettledPositions(path, 'redis orders', true);
  expect([last.high, last.isSettled(positionAt(4, MILLISECONDS + 1n), 0, true)]).toEqual([
    positionAt(4, MILLISECONDS + 1n),
    true,
  ]);
  last.close();
});

itSlow('a stream in any order has its last positions, also for the next process', () => {
  const path = noteIn(stateFolder());
  const first = new SettledPositions(path, 'redis orders', false);
  for (const index of [9, 3, 7]) first.settle(positionAt(index));
  first.close();
  const second = new SettledPositions(path, 'redis orders', false);
  const settled = (...indexes: number[]): boolean[] => indexes.map((index) => second.isSettled(positionAt(index), 0));
  expect(settled(3, 4, 7, 9)).toEqual([true, false, true, true]);
  for (let index = 100; index < 100 + 2 ** 16 - 3; index++) second.settle(positionAt(index));
  expect(settled(9, 100)).toEqual([true, true]);
  second.settle(positionAt(1));
  expect(settled(9, 3, 1)).toEqual([false, true, true]);
  second.close();
  const other = new SettledPositions(path, 'redis others', false);
  expect(other.isSettled(positionAt(3), 0)).toBe(false);
  other.close();
});

it.each([
  ['{"stream":"S","seq":4}', { kind: 'stored', position: 4, duplicate: false }],
  ['{"stream":"S","seq":4,"duplicate":true}', { kind: 'stored', position: 4, duplicate: true }],
  ['{"stream":"S","seq":0,"duplicate":true}', { kind: 'retry' }],
  ['{"error":{"code":400,"err_code":10158,"description":"in process"}}', { kind: 'retry' }],
  ['{"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"}}', { kind: 'retry' }],
  ['{"error":{"code":503,"err_code":10008,"description":"temporarily unavailable"}}', { kind: 'retry' }],
  ['{"error":{"code":503,"err_code":10023,"description":"insufficient resources"}}', { kind: 'retry' }],
  ['{"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum allowed"}}', { kind: 'refused' }],
  ['{"error":{"code":400,"err_code":10109,"description":"invalid operation on sealed stream"}}', { kind: 'refused' }],
  ['not JSON', { kind: 'retry' }],
])('the acknowledgement %s', (text, outcome) => {
  expect(outcomeOf({ data: Buffer.from(text), headers: undefined })).toMatchObject(outcome);
});

it('an answer without responders is retried', () => {
  const headers = { code: 503 } as never;
  expect(outcomeOf({ data: new Uint8Array(0), headers })).toMatchObject({ kind: 'retry' });
});

it.each([
  [undefined, 1],
  ['9', 9],
  [String(2n ** 63n - 1n), 2n ** 63n - 1n],
  ['0', undefined],
  ['-1', undefined],
  [String(2n ** 63n), undefined],
  ['x', undefined],
])('the type in the header %s is %s', (type, expected) => {
  expect(incomingType('header', { type, subject: 's' })).toBe(expected);
});

it('types that can meet make a loop, others do not', () => {
  const queue = { key: 5 };
  const out = (select: object) => ({ name: 'out', direction: 'out', queue, to: 'a', select });
  const back = (type: unknown) => ({ name: 'in', direction: 'in', queue, type, from: { stream: 'S', consumer: 'c' } });
  const loopOf = (select: object, type: unknown): boolean => {
    const ends = checkRoutes([out(select), back(type)]).map((route) => ({
      bridge: 'b',
      route: route.name,
      direction: route.direction,
      queue: '5',
      types: typesOf(route),
    }));
    return findLoop(ends, ends) !== undefined;
  };
  expect(loopOf({}, 'header')).toBe(true);
  expect(loopOf({ type: 3 }, 'header')).toBe(true);
  expect(loopOf({ type: 3 }, 3)).toBe(true);
  expect(loopOf({ type: 3 }, 4)).toBe(false);
  expect(loopOf({ except: 4 }, 4)).toBe(false);
  expect(loopOf({ upTo: 3 }, 4)).toBe(false);
  expect(loopOf({ upTo: 4 }, 4)).toBe(true);
  expect(typesMeet(`=${2n ** 63n - 1n}`, `<${2n ** 63n - 2n}`)).toBe(false);
});

it('subjects', () => {
  expect(subjectOf('orders.{host}.{type}', 'a.b', 7)).toBe('orders.a_b.7');
  expect(subjectPattern('orders.{host}.t{type}', 'h')).toBe('orders.h.*');
  expect([matches('a.*.c', 'a.b.c'), matches('a.>', 'a.b.c'), matches('a.>', 'a'), matches('a.*', 'a.b.c')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it.each([
  [[], /one route or more/],
  [[{ name: 'a b', direction: 'out', queue: { key: 1 }, to: 'x' }], /name/],
  [[{ name: 'a', direction: 'up', queue: { key: 1 }, to: 'x' }], /one of/],
  [[{ name: 'a', direction: 'out', queue: { key: 0 }, to: 'x' }], /IPC_PRIVATE/],
  [[{ name: 'a', direction: 'out', queue: { key: 1 }, to: 'x y' }], /white space/],
  [[{ name: 'a', direction: 'out', queue: { key: 1 }, to: 'x.{user}' }], /\{user\}/],
  [[{ name: 'a', direction: 'out', queue: { key: 1 }, to: 'x', windw: 5 }], /windw/],
  [[{ name: 'a', direction: 'out', queue: { key: 1 }, to: 'x', window: 5, ordered: true }], /1 with ordered/],
])('bad routes are refused', (routes, message) => {
  expect(() => checkRoutes(routes)).toThrow(message);
});

describe('the subject of an acknowledgement', () => {
  const old = '$JS.ACK.ORDERS.bridge.1.21.22.1764424000123456789.3';
  const current = '$JS.ACK._.hash.ORDERS.bridge.1.21.22.1764424000123456789.3';

  it.each([old, current, `${current}.random`])('has the position and the time: %s', (reply) => {
    expect(readDelivery(reply)).toEqual({ position: 21, storedAt: 1764424000123 });
  });

  it.each([
    '$JS.ACK.ORDERS.bridge.1.21.22.1764424000123456789',
    '$JS.ACK._.ORDERS.bridge.1.21.22.1764424000123456789.3',
    '$JS.ACK.ORDERS.bridge.1.x.22.1764424000123456789.3',
    '$JS.ACK.ORDERS.bridge.1.21.22.123456.3',
    '_INBOX.abc',
    '',
  ])('of another form is left to the client: %s', (reply) => {
    expect(readDelivery(reply)).toBeUndefined();
    const info = { streamSequence: 5, timestampNanos: 7_900_000, pending: 0 };
    expect(deliveryOf({ reply, info } as JsMsg)).toEqual({ position: 5, storedAt: 7 });
  });
});
