/** What MessageQueue's static methods answer to arguments that are wrong: nothing of them gets to the kernel. */

import { MessageQueue } from '../../lib/index';
import {
  answers,
  arrays,
  BYTES,
  beyondBytes,
  beyondKey,
  beyondMode,
  type Call,
  KEY,
  MODE,
  NO_EXECUTE,
  notNumbers,
  notObjects,
  notSafeTypes,
  notTypes,
  outOfRange,
  TYPE,
  wrongType,
} from '../support/bad-values';
import { failureOf } from '../support/failure';
import { freshKey, newQueue } from '../support/queues';

const { create, open, openOrCreate, createPrivate, attach, exists } = MessageQueue;

const CODEC = 'an object with the functions encode and decode';

const notCodecs = [
  ...notObjects,
  ...arrays,
  {},
  { encode: () => '' },
  { decode: () => '' },
  { encode: '', decode: '' },
];

let key: number;
let queue: MessageQueue;

beforeEach(() => {
  key = freshKey();
  queue = newQueue();
  queue.trySend('a message');
});

it.each<[call: string, argument: string, call: () => unknown]>([
  ['create', 'key', create as () => unknown],
  ['open', 'key', open as () => unknown],
  ['openOrCreate', 'key', openOrCreate as () => unknown],
  ['exists', 'key', exists as () => unknown],
  ['attach', 'id', attach as () => unknown],
])('MessageQueue.%s without an argument says that %s must be a number', (_, argument, call) => {
  expect(answers(() => call(), [undefined])).toEqual(wrongType(argument, 'of type number', [undefined]));
});

it.each<[title: string, argument: string, range: string, beyond: unknown[], call: Call]>([
  ['create(key)', 'key', KEY, beyondKey, (value) => create(value)],
  ['open(key)', 'key', KEY, beyondKey, (value) => open(value)],
  ['openOrCreate(key)', 'key', KEY, beyondKey, (value) => openOrCreate(value)],
  ['exists(key)', 'key', KEY, beyondKey, (value) => exists(value)],
  ['attach(id)', 'id', BYTES, beyondBytes, (value) => attach(value)],
  ['create(key, { mode })', 'options.mode', MODE, beyondMode, (mode) => create(key, { mode })],
  ['open(key, { mode })', 'options.mode', MODE, beyondMode, (mode) => open(queue.key, { mode })],
  ['openOrCreate(key, { mode })', 'options.mode', MODE, beyondMode, (mode) => openOrCreate(key, { mode })],
  ['createPrivate({ mode })', 'options.mode', MODE, beyondMode, (mode) => createPrivate({ mode })],
  ['create(key, { maxBytes })', 'options.maxBytes', BYTES, beyondBytes, (maxBytes) => create(key, { maxBytes })],
  [
    'openOrCreate(key, { maxBytes })',
    'options.maxBytes',
    BYTES,
    beyondBytes,
    (n) => openOrCreate(key, { maxBytes: n }),
  ],
  ['createPrivate({ maxBytes })', 'options.maxBytes', BYTES, beyondBytes, (n) => createPrivate({ maxBytes: n })],
])('MessageQueue.%s refuses what is no number, and numbers beyond the range of %s', (_, name, range, beyond, call) => {
  const withUndefined = name.includes('.') ? notNumbers : [...notNumbers, undefined];
  expect(answers(call as never, withUndefined)).toEqual(wrongType(name, 'of type number', withUndefined));
  expect(answers(call as never, beyond)).toEqual(outOfRange(name, range, beyond));
});

it.each<[title: string, call: Call]>([
  ['create(key, { mode })', (mode) => create(key, { mode })],
  ['open(key, { mode })', (mode) => open(queue.key, { mode })],
  ['openOrCreate(key, { mode })', (mode) => openOrCreate(key, { mode })],
  ['createPrivate({ mode })', (mode) => createPrivate({ mode })],
])('MessageQueue.%s refuses execute bits', (_, call) => {
  const modes = [0o700, 0o777, 0o601, 0o610];
  expect(answers(call as never, modes)).toEqual(outOfRange('options.mode', NO_EXECUTE, modes));
});

it('MessageQueue.open refuses IPC_PRIVATE, which would create a queue', () => {
  const range = 'a key other than IPC_PRIVATE, which is not the key of any queue';
  expect(answers((value) => open(value as number), [0, -0])).toEqual(outOfRange('key', range, [0, -0]));
});

it('MessageQueue.exists is false for IPC_PRIVATE, and creates nothing', () => {
  expect(exists(0)).toBe(false);
});

it.each<[title: string, call: Call]>([
  ['create', (type) => create(key, { type })],
  ['open', (type) => open(queue.key, { type })],
  ['openOrCreate', (type) => openOrCreate(key, { type })],
  ['createPrivate', (type) => createPrivate({ type })],
  ['attach', (type) => attach(queue.id, { type })],
])('MessageQueue.%s refuses a default type that no message can have', (_, call) => {
  expect(answers(call as never, notTypes)).toEqual(wrongType('options.type', 'of type number or bigint', notTypes));
  expect(answers(call as never, notSafeTypes)).toEqual(outOfRange('options.type', TYPE, notSafeTypes));
});

it.each<[title: string, call: Call]>([
  ['create', (codec) => create(key, { codec })],
  ['open', (codec) => open(queue.key, { codec })],
  ['openOrCreate', (codec) => openOrCreate(key, { codec })],
  ['createPrivate', (codec) => createPrivate({ codec })],
  ['attach', (codec) => attach(queue.id, { codec })],
])('MessageQueue.%s refuses a codec without both functions', (_, call) => {
  expect(answers(call as never, notCodecs)).toEqual(wrongType('options.codec', CODEC, notCodecs));
});

const withOptions: [title: string, call: Call][] = [
  ['create', (options) => create(key, options)],
  ['open', (options) => open(queue.key, options)],
  ['openOrCreate', (options) => openOrCreate(key, options)],
  ['createPrivate', (options) => createPrivate(options)],
  ['attach', (options) => attach(queue.id, options)],
];

it.each(withOptions)('MessageQueue.%s refuses options that are no object', (_, call) => {
  expect(answers(call as never, notObjects)).toEqual(wrongType('options', 'of type object', notObjects));
});

it.each(withOptions)('MessageQueue.%s refuses an array for options', (_, call) => {
  expect(answers(call as never, arrays)).toEqual(wrongType('options', 'of type object', arrays));
});

it('there is no way to make a handle but the static methods', () => {
  const Constructor = MessageQueue as unknown as new (...args: unknown[]) => MessageQueue;
  for (const args of [[], [queue.id], [Symbol('MessageQueue'), queue.id, queue.key, {}]]) {
    const error = failureOf(() => new Constructor(...args));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/use MessageQueue.create, open, openOrCreate, createPrivate or attach$/);
  }
});

it('a method called on something that is no MessageQueue is a TypeError', () => {
  const { trySend, sendSync, tryReceive, receiveSync, peek, stat, set, remove, close } = MessageQueue.prototype;
  for (const method of [trySend, sendSync, tryReceive, receiveSync, peek, stat, set, remove, close] as (() => void)[]) {
    for (const self of [undefined, {}, { id: queue.id, key: queue.key }, Object.create(queue)]) {
      expect(() => Reflect.apply(method, self, ['data'])).toThrow(TypeError);
    }
  }
});
