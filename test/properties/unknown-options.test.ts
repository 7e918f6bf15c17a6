/** Every object of options refuses names that it does not know, and says which was likely meant. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sysvmq from '../../lib/index';
import {
  codecs,
  drainTo,
  findStaleQueues,
  ftok,
  IPC_RMID,
  judgeQueues,
  MessageQueue,
  msgrcv,
  msgsnd,
  persistLimits,
  RequestClient,
  RequestServer,
  removeStaleQueues,
  setLimits,
  watchQueue,
} from '../../lib/index';
import { collectQueueMetrics } from '../../lib/metrics';
import * as syscalls from '../../lib/syscalls';
import { failureOf } from '../support/failure';
import { kernelState } from '../support/kernel-state';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { rejectionOf } from '../support/rejection';

type Call = (queue: MessageQueue, options: never) => unknown;

/** Each call with options, and the name by which it is known in an error. */
const calls: [title: string, property: string, call: Call][] = [
  ['MessageQueue.create', 'options', (_, options) => MessageQueue.create(freshKey(), options)],
  ['MessageQueue.open', 'options', (queue, options) => MessageQueue.open(queue.key, options)],
  ['MessageQueue.openOrCreate', 'options', (queue, options) => MessageQueue.openOrCreate(queue.key, options)],
  ['MessageQueue.createPrivate', 'options', (_, options) => MessageQueue.createPrivate(options)],
  ['MessageQueue.attach', 'options', (queue, options) => MessageQueue.attach(queue.id, options)],
  ['trySend', 'options', (queue, options) => queue.trySend('x', options)],
  ['sendSync', 'options', (queue, options) => queue.sendSync('x', options)],
  ['send', 'options', (queue, options) => queue.send('x', options)],
  ['sendMany', 'options', (queue, options) => queue.sendMany([{ data: 'x' }], options)],
  ['tryReceive', 'select', (queue, options) => queue.tryReceive(options)],
  ['peek', 'select', (queue, options) => queue.peek(options)],
  ['waitForMessage', 'select', (queue, options) => queue.waitForMessage(options)],
  ['receiveSync', 'select', (queue, options) => queue.receiveSync(options)],
  ['receive', 'select', (queue, options) => queue.receive(options)],
  ['tryReceiveMany', 'select', (queue, options) => queue.tryReceiveMany(options)],
  ['receiveMany', 'select', (queue, options) => queue.receiveMany(options)],
  ['messages', 'select', (queue, options) => queue.messages(options)],
  ['readable', 'select', (queue, options) => queue.readable(options)],
  ['writable', 'options', (queue, options) => queue.writable(options)],
  ['set', 'change', (queue, options) => queue.set(options)],
  ['consume', 'options', (queue, options) => queue.consume(() => undefined, options)],
  ['drainTo', 'options', (queue, options) => drainTo(queue, join(folder, 'drained'), options)],
  ['watchQueue', 'options', (queue, options) => watchQueue(queue, options)],
  ['judgeQueues', 'options', (_, options) => judgeQueues(options)],
  ['findStaleQueues', 'options', (_, options) => findStaleQueues(options)],
  ['removeStaleQueues', 'options', (_, options) => removeStaleQueues(options)],
  ['setLimits', 'limits', (_, options) => setLimits(options)],
  ['persistLimits', 'limits', (_, options) => persistLimits(options, { file: join(folder, 'limits') })],
  ['persistLimits', 'options', (_, options) => persistLimits({ msgmni: 100 }, options)],
  ['RequestClient', 'options', (queue, options) => new RequestClient(queue, options)],
  ['RequestServer', 'options', (queue, options) => new RequestServer(queue, () => undefined, options)],
  ['request', 'options', (queue, options) => new RequestClient(queue).request('x', options)],
  ['codecs.php', 'options', (_, options) => codecs.php(options)],
  ['collectQueueMetrics', 'options', (_, options) => collectQueueMetrics(options)],
];

let folder: string;
let queue: MessageQueue;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysvmq-options-'));
  queue = newQueue();
  queue.trySend('a message');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** What a call fails with, at once or later. */
async function failureOfCall(call: Call, options: object): Promise<Error & Record<string, unknown>> {
  return (await rejectionOf((async () => call(queue, options as never))())) as never;
}

/** Objects of another kind, which have no options. */
const otherKinds = (): object[] => [
  new AbortController().signal,
  new Map([['type', 5]]),
  new Set(),
  Promise.resolve(),
  new Date(),
  queue,
];

describe.each(calls)('%s(%s)', (title, property, call) => {
  it('refuses a name that it does not know, and nothing has happened', async () => {
    const before = kernelState();
    const error = await failureOfCall(call, { quetzalcoatl: 1 });
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    expect(error.message).toMatch(
      new RegExp(`^The property "${property}\\.quetzalcoatl" is not an option of ${title}\\. Its options are "\\w+"`),
    );
    expect(kernelState()).toBe(before);
  });

  it('refuses an object of another kind in the place of the options', async () => {
    const before = kernelState();
    for (const kind of otherKinds()) {
      const error = await failureOfCall(call, kind);
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
      expect(error.message).toContain(`The "${property}" argument must be a plain object`);
    }
    expect(kernelState()).toBe(before);
  });

  it('refuses an unknown name whose value is undefined, and names that every object inherits', async () => {
    for (const name of ['quetzalcoatl', 'constructor', 'toString', 'hasOwnProperty']) {
      const options = { [name]: undefined };
      expect(await failureOfCall(call, options)).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    }
  });
});

it.each<[said: string, call: () => unknown]>([
  ['Did you mean "type"?', () => queue.trySend('x', { typ: 5 } as never)],
  ['Did you mean "type"?', () => queue.trySend('x', { tpye: 5 } as never)],
  ['Did you mean "type"?', () => queue.trySend('x', { Type: 5 } as never)],
  ['Did you mean "type"?', () => queue.trySend('x', { mtype: 5 } as never)],
  ['Did you mean "type"?', () => queue.trySend('x', { msgtype: 5 } as never)],
  ['Did you mean "type"? upTo: N', () => queue.receiveSync({ priority: 5 } as never)],
  ['Did you mean "except"?', () => queue.tryReceive({ excpet: 5 } as never)],
  ['Did you mean "upTo"?', () => queue.tryReceive({ upto: 5 } as never)],
  ['Did you mean "upTo"?', () => queue.tryReceive({ up_to: 5 } as never)],
  ['Did you mean "maxLength"?', () => queue.tryReceive({ maxLen: 5 } as never)],
  ['Did you mean "maxLength"?', () => queue.tryReceive({ msgsz: 5 } as never)],
  ['Did you mean "truncate"?', () => queue.tryReceive({ truncated: true } as never)],
  ['tryReceive, receive and receiveSync take it', () => queue.tryReceiveMany({ into: new Uint8Array(5) } as never)],
  ['Did you mean "attempts"? It counts the first one, too.', () => queue.consume(() => {}, { retries: 3 } as never)],
  ['Did you mean "retryDelay"?', () => queue.consume(() => {}, { backoff: 3 } as never)],
  ['Did you mean { codec }?', () => MessageQueue.open(queue.key, codecs.json() as never)],
  ['Did you mean "name"? Consumers of one name', () => queue.consume(() => {}, { group: 'x' } as never)],
  ['when its handler is done', () => queue.consume(() => {}, { noAck: true } as never)],
  ['bound it with AbortSignal.timeout()', () => queue.consume(() => {}, { timeout: 5 } as never)],
  ['call consumer.close() in the handler', () => queue.consume(() => {}, { limit: 5 } as never)],
  ['takes each message whole', () => queue.consume(() => {}, { truncate: true } as never)],
  ['becomes a dead letter', () => queue.consume(() => {}, { onDecodeError: 'skip' } as never)],
  ['Did you mean "state"?', () => queue.consume(() => {}, { stateDir: '/dev/shm/x' } as never)],
  ['Did you mean "deadLetter"?', () => queue.consume(() => {}, { dlq: queue } as never)],
  ['Did you mean "mode"?', () => MessageQueue.openOrCreate(queue.key, { perms: 0o666 } as never)],
  ['Did you mean "mode"?', () => MessageQueue.openOrCreate(queue.key, { permissions: 0o666 } as never)],
  ['Did you mean "maxBytes"?', () => MessageQueue.openOrCreate(queue.key, { maxByte: 9 } as never)],
  ['Did you mean "maxBytes"?', () => MessageQueue.openOrCreate(queue.key, { qbytes: 9 } as never)],
  ['Did you mean "maxBytes"?', () => queue.set({ msg_qbytes: 5 } as never)],
  ['Did you mean "uid"?', () => queue.set({ owner: 5 } as never)],
  ['Did you mean "nowait": true?', () => queue.receiveSync({ block: false } as never)],
  ['Did you mean "nowait": true?', () => queue.sendSync('x', { blocking: false } as never)],
  ['Did you mean "nowait": true?', () => queue.receiveSync({ wait: false } as never)],
  ['Did you mean "nowait"?', () => queue.receiveSync({ noWait: true } as never)],
  ['Did you mean "timeout", in milliseconds?', () => queue.receiveSync({ timeoutMs: 5 } as never)],
  ['Did you mean "codec"? codecs.utf8', () => MessageQueue.open(queue.key, { encoding: 'utf8' } as never)],
  ['Did you mean "max"?', () => queue.tryReceiveMany({ limit: 5 } as never)],
  ['IPC_NOWAIT is nowait: true.', () => queue.sendSync('x', { flags: 2048 } as never)],
  ['IPC_NOWAIT is nowait: true. MSG_NOERROR is truncate', () => queue.receiveSync({ flags: 2048 } as never)],
  ['It never waits, so IPC_NOWAIT is not needed', () => queue.tryReceive({ flags: 2048 } as never)],
  ['IPC_CREAT and IPC_EXCL are the methods', () => MessageQueue.open(queue.key, { flags: 0o1000 } as never)],
  ['It never waits; receive and receiveSync do.', () => queue.tryReceive({ nowait: true } as never)],
  ['It never waits; send and sendSync do.', () => queue.trySend('x', { timeout: 5 } as never)],
  ['nothing can abort it', () => queue.receiveSync({ signal: new AbortController().signal } as never)],
  ['receiveMany and tryReceiveMany', () => queue.tryReceive({ max: 5 } as never)],
  ['create, openOrCreate or queue.set', () => MessageQueue.open(queue.key, { maxBytes: 5 } as never)],
  ['Did you mean "msgmax"?', () => setLimits({ MSGMAX: 5 } as never)],
  ['Did you mean "concurrency"?', () => new RequestServer(queue, () => 1, { concurency: 5 } as never)],
])('it says: %s', (said, call) => {
  expect(failureOf(call)).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining(said) });
});

it('a message of many is refused for a name that it does not have; one that was received goes on', () => {
  const misspelt = [{ data: 'x', typ: 5 }] as never;
  expect(failureOf(() => queue.trySendMany(misspelt)).message).toBe(
    'The property "messages[…].typ" is not an option of a message to send. Did you mean "type"?',
  );
  const raw = newQueue();
  raw.trySend('far', { type: 2n ** 60n });
  queue.trySendMany(raw.tryReceiveMany());
  expect(queue.tryReceive({ type: 2n ** 60n })?.data.toString()).toBe('far');
});

it('inherited, symbol and non-enumerable properties are no options, and are not refused', () => {
  const inherited = Object.create({ typ: 5 });
  const hidden = Object.defineProperty({}, 'typ', { value: 5 });
  for (const options of [inherited, hidden, { [Symbol('typ')]: 5 }]) {
    expect(queue.trySend('x', options)).toBe(true);
  }
  // As destructuring reads it, and Node.js, too.
  expect(queue.trySend('x', Object.create({ type: 7 }))).toBe(true);
  expect(queue.tryReceive({ type: 7 })).toBeDefined();
});

it('every option may be undefined', () => {
  const options = { type: undefined, except: undefined, upTo: undefined, maxLength: undefined, truncate: undefined };
  expect(queue.tryReceive(options as never)?.data.toString()).toBe('a message');
});

it('an escape sequence in a name is not printed as it is', () => {
  expect(failureOf(() => queue.trySend('x', { '\u001b[2J': 1 } as never)).message).toContain('"options.\\u001b[2J"');
});

describe('a callback after the last argument is refused, and nothing happens', () => {
  const callback = () => undefined;
  const extra = (target: object, name: string, ...args: unknown[]) =>
    Reflect.apply(Reflect.get(target, name) as () => unknown, target, [...args, callback]);

  it.each<[call: string, returns: string, run: () => unknown]>([
    ['trySend', 'its result', () => extra(queue, 'trySend', 'x', {})],
    ['trySend', 'its result', () => extra(queue, 'trySend', 'x', undefined)],
    ['sendSync', 'nothing', () => extra(queue, 'sendSync', 'x', {})],
    ['tryReceive', 'its result', () => extra(queue, 'tryReceive', {})],
    ['receiveSync', 'its result', () => extra(queue, 'receiveSync', {})],
    ['peek', 'its result', () => extra(queue, 'peek', 0)],
    ['stat', 'its result', () => extra(queue, 'stat')],
    ['set', 'nothing', () => extra(queue, 'set', { maxBytes: 5 })],
    ['remove', 'nothing', () => extra(queue, 'remove')],
    ['trySendMany', 'its result', () => extra(queue, 'trySendMany', [{ data: 'x' }])],
    ['tryReceiveMany', 'its result', () => extra(queue, 'tryReceiveMany', {})],
    ['messages', 'an iterator', () => extra(queue, 'messages', {})],
    ['readable', 'a stream', () => extra(queue, 'readable', {})],
    ['writable', 'a stream', () => extra(queue, 'writable', {})],
    ['consume', 'a consumer', () => extra(queue, 'consume', () => undefined, {})],
    ['MessageQueue.create', 'its result', () => extra(MessageQueue, 'create', freshKey(), {})],
    ['MessageQueue.open', 'its result', () => extra(MessageQueue, 'open', queue.key, {})],
    ['MessageQueue.openOrCreate', 'its result', () => extra(MessageQueue, 'openOrCreate', freshKey(), {})],
    ['MessageQueue.createPrivate', 'its result', () => extra(MessageQueue, 'createPrivate', {})],
    ['MessageQueue.attach', 'its result', () => extra(MessageQueue, 'attach', queue.id, {})],
    ['MessageQueue.exists', 'its result', () => extra(MessageQueue, 'exists', queue.key)],
    ['msgget', 'its result', () => extra(syscalls, 'msgget', queue.key, 0)],
    ['msgsnd', 'nothing', () => extra(syscalls, 'msgsnd', queue.id, { mtype: 1, mtext: 'x' }, 0)],
    ['msgrcv', 'its result', () => extra(syscalls, 'msgrcv', queue.id, 5, 0, 0)],
    ['msgctl', 'its result', () => extra(syscalls, 'msgctl', queue.id, IPC_RMID)],
    ['ftok', 'its result', () => extra(syscalls, 'ftok', '/', 'A')],
    ['getLimits', 'its result', () => extra(sysvmq, 'getLimits')],
    ['getUsage', 'its result', () => extra(sysvmq, 'getUsage')],
    ['listQueues', 'its result', () => extra(sysvmq, 'listQueues')],
    ['setLimits', 'its result', () => extra(sysvmq, 'setLimits', { msgmni: 5 })],
    ['persistLimits', 'nothing', () => extra(sysvmq, 'persistLimits', { msgmni: 5 }, { file: join(folder, 'x') })],
    ['watchQueue', 'an iterator', () => extra(sysvmq, 'watchQueue', queue, {})],
  ])('%s, which returns %s', (call, returns, run) => {
    const before = kernelState();
    const error = failureOf(run);
    expect(error).toBeInstanceOf(TypeError);
    expect(
      error.message.startsWith(`The argument "callback" is not called by ${call}, which returns ${returns}. `),
    ).toBe(true);
    expect(kernelState()).toBe(before);
  });

  it('what map() passes after the value is ignored', () => {
    expect([queue.key, freshKey()].map(MessageQueue.exists)).toEqual([true, false]);
    expect([0].map(queue.peek, queue)).toHaveLength(1);
  });
});

describe('habits of other languages', () => {
  it.each<[said: string, call: () => unknown]>([
    ['Leave the type out to take a message of any type.', () => queue.tryReceive({ type: 0 })],
    ['Leave the type out to take a message of any type.', () => queue.tryReceive({ type: 0n })],
    ['Write { upTo: 5 } for the lowest type up to 5', () => queue.tryReceive({ type: -5 })],
    ['Write { upTo: 5 } for the lowest type up to 5', () => queue.receiveSync({ type: -5n })],
    ['Write { upTo: 5 }, without the sign.', () => queue.tryReceive({ upTo: -5 })],
    ['Types begin at 1: msgsnd refuses others.', () => queue.trySend('x', { type: 0 })],
    ['Modes are octal: write 0o666. 666 is 0o1232.', () => MessageQueue.create(freshKey(), { mode: 666 })],
    ['Modes are octal: write 0o600. 600 is 0o1130.', () => queue.set({ mode: 600 })],
    ['Modes are octal: write 0o440. 440 is 0o670.', () => queue.set({ mode: 440 })],
    ['Modes are octal: write 0o666, not 0x666.', () => MessageQueue.createPrivate({ mode: 0x666 })],
    ['Write 0o660, a number.', () => MessageQueue.createPrivate({ mode: '660' as never })],
    ['Write 0o660, a number.', () => MessageQueue.createPrivate({ mode: '0660' as never })],
    ['IPC_CREAT and IPC_EXCL are the methods', () => MessageQueue.open(queue.key, { mode: 0o1666 })],
    ['Write { type: 5 }.', () => queue.tryReceive(5 as never)],
    ['Write { type: 5 }.', () => queue.trySend('x', 5 as never)],
    ['Write { mode: 0o666 }.', () => MessageQueue.openOrCreate(queue.key, 0o1666 as never)],
    ['Write 0x5eed, without quotes; Number(text)', () => MessageQueue.open('0x5eed' as never)],
    ['Write 1234, without quotes; Number(text)', () => MessageQueue.openOrCreate('1234' as never)],
    ['Write -5, without quotes; Number(text)', () => MessageQueue.exists('-5' as never)],
    ['parseInt(text, 8) reads octal digits', () => MessageQueue.open('0666' as never)],
    ['Write 5, without n.', () => MessageQueue.open(5n as never)],
    ["A file's key is ftok(path, projectId).", () => MessageQueue.open('/etc/passwd' as never)],
    ['Write 7, without quotes', () => MessageQueue.attach('7' as never)],
    ['Write 7, without quotes', () => queue.tryReceive({ type: '7' as never })],
    ['Write 100, without quotes', () => queue.receiveSync({ timeout: '100' as never })],
    ['Write { nowait: true } to fail instead', () => queue.receiveSync(false as never)],
    ['Write { nowait: true } to fail instead', () => queue.sendSync('x', true as never)],
    ['It never waits.', () => queue.tryReceive(false as never)],
    ['The data comes first: trySend(data, { type }).', () => queue.trySend(1 as never, 'x' as never)],
    ['Write { codec: codecs.utf8 } for text', () => MessageQueue.open(queue.key, 'utf8' as never)],
    ['IPC_NOWAIT is nowait: true.', () => Reflect.apply(queue.sendSync, queue, ['x', {}, 2048])],
    ['It never waits, so IPC_NOWAIT', () => Reflect.apply(queue.trySend, queue, ['x', undefined, 2048])],
    ['which knows the length', () => Reflect.apply(msgsnd, undefined, [queue.id, { mtype: 1, mtext: 'x' }, 1, 2048])],
    ['leave the buffer out', () => msgrcv(queue.id, Buffer.alloc(9) as never)],
    ["'A', for example", () => Reflect.apply(ftok, undefined, ['/'])],
    ['Modes are octal: write 0o666. 777 is 0o1411.', () => MessageQueue.createPrivate({ mode: 777 })],
    ['Modes are octal: write 0o644. 755 is 0o1363.', () => queue.set({ mode: 755 })],
    ['Modes are octal: write 0o644, not 0x755.', () => MessageQueue.createPrivate({ mode: 0x755 })],
    ['Write 0o600.', () => MessageQueue.createPrivate({ mode: 0o711 })],
    ['Leave it out, or pass undefined.', () => queue.tryReceive({ type: null as never })],
    ['Leave it out, or pass undefined.', () => MessageQueue.createPrivate({ codec: null as never })],
    ['Leave it out to wait without a limit.', () => queue.receiveSync({ timeout: Number.POSITIVE_INFINITY })],
    ['Leave it out to wait without a limit.', () => queue.sendSync('x', { timeout: -1 })],
    ['Write milliseconds: 5000 for 5 s.', () => queue.receiveSync({ timeout: '5s' as never })],
    ['Values need a codec: open the queue with { codec: codecs.json() }.', () => queue.trySend({ a: 1 } as never)],
    ['Values need a codec', () => queue.sendSync(5 as never)],
    ['Await the promise first.', () => queue.trySend(Promise.resolve('x') as never)],
    ['Send its data: message.data.', () => queue.trySend(queue.peek() as never)],
    ['Write { data: … } for each message.', () => queue.trySendMany(['a'] as never)],
    ['Write { data: … } for each message.', () => queue.trySendMany([Buffer.from('a')] as never)],
    ['pipeline(iterable, queue.writable())', () => queue.trySendMany(queue.messages() as never)],
    ['Write { max: 10 }.', () => queue.tryReceiveMany(10 as never)],
    ['Write { concurrency: 4 }.', () => queue.consume(() => undefined, 4 as never)],
    ['Write { interval: 500 }.', () => watchQueue(queue, 500 as never)],
    ['Pass queue.id.', () => MessageQueue.attach(queue as never)],
    ['use MessageQueue.create, open', () => Reflect.construct(MessageQueue, [queue.key])],
    ["Write () => 'skip'.", () => queue.tryReceiveMany({ onDecodeError: 'skip' as never })],
    ['Write codecs.json({ schema }).', () => codecs.json({ '~standard': { version: 1 } } as never)],
    ['Write an object: { 1: codec', () => codecs.byType(new Map([[1, codecs.utf8]]) as never)],
    ['codecs.json(), not codecs.json.', () => MessageQueue.open(queue.key, { codec: codecs.json as never })],
    ['codecs.json(), not codecs.json.', () => codecs.byType({ 1: codecs.structured as never })],
    ['Write codecs.json().', () => MessageQueue.open(queue.key, { codec: JSON as never })],
    ['without quotes', () => MessageQueue.open(queue.key, { codec: 'json' as never })],
    ['createPrivate creates a queue without a key.', () => MessageQueue.openOrCreate(0)],
    ['createPrivate creates a queue without a key.', () => MessageQueue.create(0)],
    ['createPrivate creates a queue without a key.', () => MessageQueue.open(0)],
    ['peek returns its result. Use the returned value.', () => queue.peek((() => undefined) as never)],
    ['trySend returns its result. Use the returned value.', () => queue.trySend('x', (() => undefined) as never)],
    [
      'It releases the handle only: queue.remove() removes the queue.',
      () => Reflect.apply(queue.close, queue, [() => 1]),
    ],
    ['queue.remove() removes the queue.', () => Reflect.apply(queue.close, queue, [{ remove: true }])],
  ])('it says: %s', (said, call) => {
    const before = kernelState();
    expect(failureOf(call)).toMatchObject({ code: expect.any(String), message: expect.stringContaining(said) });
    expect(kernelState()).toBe(before);
  });

  const callback = (() => undefined) as never;
  it.each<[title: string, call: () => Promise<unknown>]>([
    ['send(data, callback)', () => queue.send('x', callback)],
    ['send(data, options, callback)', () => Reflect.apply(queue.send, queue, ['x', {}, callback])],
    ['receive(callback)', () => queue.receive(callback)],
    ['receive(options, callback)', () => Reflect.apply(queue.receive, queue, [{ type: 9 }, callback])],
    ['sendMany(messages, callback)', () => queue.sendMany([], callback)],
    ['sendMany(messages, options, callback)', () => Reflect.apply(queue.sendMany, queue, [[], {}, callback])],
    ['receiveMany(callback)', () => queue.receiveMany(callback)],
    ['receiveMany(options, callback)', () => Reflect.apply(queue.receiveMany, queue, [{ type: 9 }, callback])],
    ['request(data, callback)', () => new RequestClient(queue).request('x', callback)],
    ['waitForMessage(options, callback)', () => Reflect.apply(queue.waitForMessage, queue, [{}, callback])],
    [
      'request(data, options, callback)',
      () => Reflect.apply(RequestClient.prototype.request, new RequestClient(queue), ['x', {}, callback]),
    ],
    ['drainTo(queue, path, callback)', () => drainTo(queue, join(folder, 'x'), callback)],
    [
      'drainTo(queue, path, options, callback)',
      () => Reflect.apply(drainTo, undefined, [queue, join(folder, 'x'), {}, callback]),
    ],
  ])('%s says that it returns a promise', async (_, call) => {
    const error = (await rejectionOf(call())) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/returns a promise\. Await it, or use \.then\(callback\)\.$/);
  });
});

it('an async function is refused where its result is needed at once: its promise would count as true', () => {
  const accept = (async () => false) as never;
  const before = kernelState();
  for (const call of [
    () =>
      removeStaleQueues({
        olderThan: 0,
        despite: ['never-used', 'hidden-processes'],
        withMessages: true,
        filter: accept,
      }),
    () => judgeQueues({ filter: accept }),
  ]) {
    expect(failureOf(call).message).toMatch(
      /^The property "options\.filter" returned a promise, .* must not be async$/,
    );
  }
  expect(kernelState()).toBe(before);
  const typed = newQueue({ codec: codecs.json() });
  MessageQueue.attach(typed.id).trySend('no JSON');
  const error = failureOf(() => typed.tryReceiveMany({ onDecodeError: (async () => undefined) as never }));
  expect(error.message).toContain('"options.onDecodeError" returned a promise');
  expect(error['cause']).toMatchObject({ code: 'ERR_MESSAGE_DECODE', raw: Buffer.from('no JSON') });
});

it('a key of 0 makes no queue in create and openOrCreate', () => {
  const before = kernelState();
  for (const key of [0, -0]) {
    expect(failureOf(() => MessageQueue.openOrCreate(key))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    expect(failureOf(() => MessageQueue.create(key))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  }
  expect(kernelState()).toBe(before);
  expect(removeAfterTest(MessageQueue.createPrivate().id)).toBeGreaterThanOrEqual(0);
});

it('a signal in the place of the options says what to write', async () => {
  const { signal } = new AbortController();
  const error = await rejectionOf(queue.receive(signal as never));
  expect(error).toMatchObject({ message: expect.stringContaining('Write { signal }.') });
});

it('options may be instances of a class, and inherit', () => {
  class Options {
    get type(): number {
      return 7;
    }
  }
  expect(queue.tryReceive(new Options())).toBeUndefined();
  expect(queue.tryReceive(Object.create({ type: 1 }))?.data.toString()).toBe('a message');
});
