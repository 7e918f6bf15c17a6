/** What the methods of an open handle answer to arguments that are wrong: nothing of them gets to the kernel. */

import type { MessageQueue } from '../../lib/index';
import {
  answers,
  arrays,
  BYTES,
  beyondBytes,
  beyondMode,
  beyondOwner,
  type Call,
  NO_EXECUTE,
  notBooleans,
  notIntegers,
  notNumbers,
  notObjects,
  notSafeTypes,
  notTypes,
  outOfRange,
  TYPE,
  wrongType,
} from '../support/bad-values';
import { newQueue } from '../support/queues';

const beyondIndex = [...notIntegers, -1, -(2 ** 31)];

let queue: MessageQueue;

beforeEach(() => {
  queue = newQueue();
  // Enough that a receive which should have been refused takes one, instead of waiting forever.
  for (let i = 0; i < 50; i++) queue.trySend('a message');
});

it.each<[title: string, argument: string, range: string, beyond: unknown[], call: Call]>([
  ['tryReceive({ maxLength })', 'select.maxLength', BYTES, beyondBytes, (n) => queue.tryReceive({ maxLength: n })],
  [
    'receiveSync({ maxLength })',
    'select.maxLength',
    BYTES,
    beyondBytes,
    (maxLength) => queue.receiveSync({ maxLength, nowait: true }),
  ],
  ['set({ maxBytes })', 'change.maxBytes', BYTES, beyondBytes, (maxBytes) => queue.set({ maxBytes })],
  ['set({ uid })', 'change.uid', 'an integer >= 0 and <= 4294967294', beyondOwner, (uid) => queue.set({ uid })],
  ['set({ gid })', 'change.gid', 'an integer >= 0 and <= 4294967294', beyondOwner, (gid) => queue.set({ gid })],
  ['set({ mode })', 'change.mode', 'an integer >= 0o000 and <= 0o777', beyondMode, (mode) => queue.set({ mode })],
])('queue.%s refuses what is no number, and numbers beyond the range of %s', (_, name, range, beyond, call) => {
  expect(answers(call as never, notNumbers)).toEqual(wrongType(name, 'of type number', notNumbers));
  expect(answers(call as never, beyond)).toEqual(outOfRange(name, range, beyond));
});

it('queue.peek(index) refuses what is neither a number nor a selection, and numbers beyond the range', () => {
  const refused = notNumbers.filter((value) => typeof value !== 'object' || value === null);
  const call = (index: unknown) => queue.peek(index as number);
  expect(answers(call, refused)).toEqual(wrongType('index', 'of type number', refused));
  const range = 'an integer >= 0 and <= 9007199254740991';
  expect(answers(call, beyondIndex)).toEqual(outOfRange('index', range, beyondIndex));
});

it('queue.set({ mode }) refuses execute bits', () => {
  const modes = [0o700, 0o777, 0o601, 0o610];
  const call = (mode: unknown) => queue.set({ mode: mode as number });
  expect(answers(call, modes)).toEqual(outOfRange('change.mode', NO_EXECUTE, modes));
});

it.each<[title: string, argument: string, call: Call]>([
  ['trySend(data, { type })', 'options.type', (type) => queue.trySend('data', { type })],
  ['sendSync(data, { type })', 'options.type', (type) => queue.sendSync('data', { type, nowait: true })],
  ['tryReceive({ type })', 'select.type', (type) => queue.tryReceive({ type })],
  ['tryReceive({ except })', 'select.except', (except) => queue.tryReceive({ except })],
  ['tryReceive({ upTo })', 'select.upTo', (upTo) => queue.tryReceive({ upTo })],
  ['receiveSync({ type })', 'select.type', (type) => queue.receiveSync({ type, nowait: true })],
  ['receiveSync({ except })', 'select.except', (except) => queue.receiveSync({ except, nowait: true })],
  ['receiveSync({ upTo })', 'select.upTo', (upTo) => queue.receiveSync({ upTo, nowait: true })],
])('queue.%s refuses in %s what no message has for a type', (_, name, call) => {
  expect(answers(call as never, notTypes)).toEqual(wrongType(name, 'of type number or bigint', notTypes));
  expect(answers(call as never, notSafeTypes)).toEqual(outOfRange(name, TYPE, notSafeTypes));
});

it.each<[title: string, argument: string, call: Call]>([
  ['sendSync(data, { nowait })', 'options.nowait', (nowait) => queue.sendSync('data', { nowait })],
  ['receiveSync({ nowait })', 'options.nowait', (nowait) => queue.receiveSync({ nowait })],
  ['receiveSync({ truncate })', 'select.truncate', (truncate) => queue.receiveSync({ truncate, maxLength: 1 })],
  ['tryReceive({ truncate })', 'select.truncate', (truncate) => queue.tryReceive({ truncate, maxLength: 1 })],
])('queue.%s refuses in %s what is no boolean', (_, name, call) => {
  expect(answers(call as never, notBooleans)).toEqual(wrongType(name, 'of type boolean', notBooleans));
});

const withOptions: [title: string, argument: string, call: Call][] = [
  ['trySend(data, options)', 'options', (options) => queue.trySend('data', options)],
  ['sendSync(data, options)', 'options', (options) => queue.sendSync('data', options)],
  ['tryReceive(select)', 'select', (select) => queue.tryReceive(select)],
  ['receiveSync(select)', 'select', (select) => queue.receiveSync(select)],
  ['set(change)', 'change', (change) => queue.set(change)],
];

it.each(withOptions)('queue.%s refuses %s that are no object', (_, name, call) => {
  expect(answers(call as never, notObjects)).toEqual(wrongType(name, 'of type object', notObjects));
});

it.each(withOptions)('queue.%s refuses an array for %s', (_, name, call) => {
  expect(answers(call as never, arrays)).toEqual(wrongType(name, 'of type object', arrays));
});

it('queue.set without an argument says that change must be an object', () => {
  const call = () => (queue.set as () => void)();
  expect(answers(call, [undefined])).toEqual(wrongType('change', 'of type object', [undefined]));
});

it.each<[title: string, select: object]>([
  ['type and except', { type: 1, except: 2 }],
  ['type and upTo', { type: 1, upTo: 2 }],
  ['except and upTo', { except: 1, upTo: 2n }],
  ['all three', { type: 1, except: 2, upTo: 3 }],
  ['two, one of them wrong as well', { type: 'text', except: -1 }],
])('a selection names one of type, except and upTo: not %s', (_, select) => {
  const expected = outOfRange('select', 'one of type, except and upTo', [select]);
  expect(answers((value) => queue.tryReceive(value as object), [select])).toEqual(expected);
  expect(answers((value) => queue.receiveSync(value as object), [select])).toEqual(expected);
});

it('truncate takes a maxLength, which says where to cut', () => {
  const expected = outOfRange('select.maxLength', 'set when select.truncate is', [true]);
  expect(answers((truncate) => queue.tryReceive({ truncate: truncate as boolean }), [true])).toEqual(expected);
  expect(answers((truncate) => queue.receiveSync({ truncate: truncate as boolean }), [true])).toEqual(expected);
});
