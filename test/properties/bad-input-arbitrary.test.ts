/**
 * Arbitrary values at each argument: what the documentation allows gets to the kernel, and may fail there with one of
 * the library's errors. Anything else is a TypeError or a RangeError that names the argument, and changes nothing.
 */

import fc from 'fast-check';
import {
  ftok,
  IPC_CREAT,
  IPC_NOWAIT,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  isMessageQueueError,
  MessageQueue,
  MSG_INFO,
  MSG_STAT,
  type MsqidDs,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
  setLimits,
} from '../../lib/index';
import {
  anyValue,
  isBoolean,
  isBytes,
  isFlags,
  isId,
  isInteger,
  isKey,
  isMode,
  isModeBits,
  isOwner,
  isPayload,
  isPlain,
  isSelector,
  isType,
} from '../support/any-value';
import { remainingQueues, restoreLimits } from '../support/namespace';
import { freshKey, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

type Call = (value: never) => unknown;
type Accepts = (value: unknown) => boolean;
type Row = [title: string, argument: string, accepts: Accepts, call: Call];

const orUndefined =
  (accepts: Accepts): Accepts =>
  (value) =>
    value === undefined || accepts(value);

/** A plain object without any name that a call might not know. */
const isEmpty: Accepts = (value) => isPlain(value) && Object.keys(value as object).length === 0;

let queue: MessageQueue;
let fresh: MsqidDs;

function refill(): void {
  while (queue.tryReceive() !== undefined);
  queue.trySend('a message');
}

beforeEach(() => {
  queue = newQueue();
  fresh = msgctl(queue.id, IPC_STAT);
  refill();
});

const state = () => JSON.stringify([msgctl(queue.id, IPC_STAT), msgctl(0, MSG_INFO)]);

/** Puts back what a call has done that was allowed. */
function undo(): void {
  restoreLimits();
  for (const id of remainingQueues()) if (id !== queue.id) msgctl(id, IPC_RMID);
  msgctl(queue.id, IPC_SET, fresh);
  refill();
}

/** Calls with a value, and checks what comes of it. `wrong` has the names of what is wrong with it. */
function check(value: unknown, wrong: string[], call: Call): void {
  const before = state();
  try {
    call(value as never);
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    if (wrong.length === 0) {
      expect({ ours: isMessageQueueError(error), name, message }).toMatchObject({ ours: true });
    } else {
      const kinds = [
        'TypeError ERR_INVALID_ARG_TYPE',
        'RangeError ERR_OUT_OF_RANGE',
        'TypeError ERR_INVALID_ARG_VALUE',
      ];
      expect(kinds).toContain(`${name} ${code}`);
      const unknown = /^The property "(\w+)\..*" is not an option of /s.exec(message)?.[1];
      expect(wrong).toContain(unknown ?? /^The (?:value of )?"([^"]+)" .* must be .*\. Received /s.exec(message)?.[1]);
    }
    expect(state()).toBe(before);
    return;
  }
  expect(wrong).toEqual([]);
  undo();
}

const create = MessageQueue.create;
const perm = { uid: 0, gid: 0, mode: 0o600 };
const change = { msg_qbytes: 1000, msg_perm: perm };

const rows: Row[] = [
  ['create', 'key', (value) => isKey(value) && value !== 0, (key) => create(key)],
  ['open', 'key', (value) => isKey(value) && value !== 0, (key) => MessageQueue.open(key)],
  ['openOrCreate', 'key', (value) => isKey(value) && value !== 0, (key) => MessageQueue.openOrCreate(key)],
  ['exists', 'key', isKey, (key) => MessageQueue.exists(key)],
  ['attach', 'id', isId, (id) => MessageQueue.attach(id)],
  ['create', 'options', orUndefined(isEmpty), (options) => create(freshKey(), options)],
  ['attach', 'options', orUndefined(isEmpty), (options) => MessageQueue.attach(queue.id, options)],
  ['trySend', 'data', isPayload, (data) => queue.trySend(data)],
  ['trySend', 'options', orUndefined(isEmpty), (options) => queue.trySend('data', options)],
  ['sendSync', 'data', isPayload, (data) => queue.sendSync(data, { nowait: true })],
  ['sendSync', 'options', orUndefined(isEmpty), (options) => queue.sendSync('data', options)],
  ['tryReceive', 'select', orUndefined(isEmpty), (select) => queue.tryReceive(select)],
  ['receiveSync', 'select', orUndefined(isEmpty), (select) => queue.receiveSync(select)],
  // Objects are selections: see "any selection" below.
  [
    'peek',
    'index',
    orUndefined((value) => typeof value === 'object' || isInteger(value, 0, 2 ** 53 - 1)),
    (index) => queue.peek(typeof index === 'object' ? undefined : index),
  ],
  ['set', 'change', isEmpty, (value) => queue.set(value)],
  ['msgget', 'key', isKey, (key) => msgget(key, IPC_CREAT | 0o600)],
  ['msgget', 'msgflg', orUndefined(isFlags), (flags) => msgget(freshKey(), flags)],
  ['msgsnd', 'msqid', isId, (id) => msgsnd(id, { mtype: 1, mtext: 'data' }, IPC_NOWAIT)],
  ['msgsnd', 'message.mtype', isType, (mtype) => msgsnd(queue.id, { mtype, mtext: 'data' }, IPC_NOWAIT)],
  ['msgsnd', 'message.mtext', isPayload, (mtext) => msgsnd(queue.id, { mtype: 1, mtext }, IPC_NOWAIT)],
  ['msgsnd', 'msgflg', orUndefined(isFlags), (flags) => msgsnd(queue.id, { mtype: 1, mtext: 'data' }, flags)],
  ['msgrcv', 'msqid', isId, (id) => msgrcv(id, 10, 0, IPC_NOWAIT)],
  ['msgrcv', 'msgsz', orUndefined(isBytes), (size) => msgrcv(queue.id, size, 0, IPC_NOWAIT)],
  ['msgrcv', 'msgtyp', orUndefined(isSelector), (type) => msgrcv(queue.id, 10, type, IPC_NOWAIT)],
  ['msgrcv', 'msgflg', orUndefined(isFlags), (flags) => msgrcv(queue.id, 10, 0, withNowait(flags))],
  ['msgctl', 'msqid', isId, (id) => msgctl(id, IPC_STAT)],
  ['msgctl(MSG_STAT)', 'msqid', isId, (index) => msgctl(index, MSG_STAT)],
  ['msgctl', 'ds.msg_qbytes', isBytes, (msg_qbytes) => msgctl(queue.id, IPC_SET, { ...change, msg_qbytes })],
  ['msgctl', 'ds.msg_perm.uid', isOwner, (uid) => setPerm({ uid })],
  ['msgctl', 'ds.msg_perm.gid', isOwner, (gid) => setPerm({ gid })],
  ['msgctl', 'ds.msg_perm.mode', isModeBits, (mode) => setPerm({ mode })],
  ['ftok', 'projectId', isProjectId, (projectId) => ftok(__filename, projectId)],
];

const setPerm = (part: object) => msgctl(queue.id, IPC_SET, { ...change, msg_perm: { ...perm, ...part } });

// A msgrcv that finds nothing must not wait.
function withNowait(flags: unknown): number {
  return isFlags(flags) ? (flags as number) | IPC_NOWAIT : flags === undefined ? IPC_NOWAIT : (flags as number);
}

function isProjectId(value: unknown): boolean {
  return isFlags(value) || (typeof value === 'string' && /^[\0-\x7f]$/.test(value));
}

it.each(rows)('%s: any value for %s', (_, argument, accepts, call) => {
  fc.assert(
    fc.property(anyValue, (value) => check(value, accepts(value) ? [] : [argument], call)),
    { numRuns: 300 },
  );
});

/** Objects with any of these properties, half of which have a value that is allowed. */
function objectsOf(valid: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  const model = Object.fromEntries(
    Object.entries(valid).map(([name, arbitrary]) => [name, fc.oneof(arbitrary, anyValue)]),
  );
  return fc.record(model, { requiredKeys: [] });
}

const types = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.bigInt(1n, 2n ** 63n - 1n));
const lengths = fc.integer({ min: 0, max: 20_000 });

function wrongOf(object: object, prefix: string, members: Record<string, Accepts>): string[] {
  return Object.entries(object)
    .filter(([name, value]) => value !== undefined && !members[name]?.(value))
    .map(([name]) => `${prefix}.${name}`);
}

itSlow('any options for trySend and sendSync', () => {
  fc.assert(
    fc.property(objectsOf({ type: types, nowait: fc.boolean() }), (options) => {
      const { nowait: _, ...withoutNowait } = options as { nowait?: unknown };
      check(withoutNowait, wrongOf(withoutNowait, 'options', { type: isType }), (it) => queue.trySend('x', it));
      const wrong = wrongOf(options, 'options', { type: isType, nowait: isBoolean });
      check(options, wrong, (it) => queue.sendSync('x', it));
    }),
    { numRuns: 300 },
  );
});

itSlow('any selection for tryReceive, receiveSync and peek', () => {
  const members = { type: types, except: types, upTo: types, maxLength: lengths, truncate: fc.boolean() };
  const accepts = { type: isType, except: isType, upTo: isType, maxLength: isBytes, truncate: isBoolean };
  fc.assert(
    fc.property(objectsOf(members), (select) => {
      const wrong = wrongOf(select, 'select', accepts);
      const { type, except, upTo, maxLength, truncate } = select as Record<string, unknown>;
      if ([type, except, upTo].filter((value) => value !== undefined).length > 1) wrong.push('select');
      if (truncate === true && maxLength === undefined) wrong.push('select.maxLength');
      check(select, wrong, (it) => queue.tryReceive(it));
      check(select, wrong, (it) => queue.peek(it));
      check({ ...select, nowait: true }, wrong, (it) => queue.receiveSync(it));
    }),
    { numRuns: 300 },
  );
});

itSlow('any options for create', () => {
  const codec = fc.constant({ encode: String, decode: String });
  const members = { mode: fc.constantFrom(0o600, 0o666, 0), maxBytes: lengths, type: types, codec };
  const isCodec = (value: unknown) => (value as { encode?: unknown } | null)?.encode === String;
  const accepts = { mode: isMode, maxBytes: isBytes, type: isType, codec: isCodec };
  fc.assert(
    fc.property(objectsOf(members), (options) => {
      check(options, wrongOf(options, 'options', accepts), (it) => create(freshKey(), it));
    }),
    { numRuns: 300 },
  );
});

itSlow('any change for set', () => {
  const ids = fc.constant(0);
  const members = { maxBytes: lengths, uid: ids, gid: ids, mode: fc.constantFrom(0o600, 0o644) };
  const accepts = { maxBytes: isBytes, uid: isOwner, gid: isOwner, mode: isMode };
  fc.assert(
    fc.property(objectsOf(members), (value) => {
      check(value, wrongOf(value, 'change', accepts), (it) => queue.set(it));
    }),
    { numRuns: 300 },
  );
});

itSlow('any limits for setLimits', () => {
  const members = { msgmni: fc.constant(32000), msgmax: lengths, msgmnb: lengths };
  const accepts = { msgmni: (value: unknown) => isInteger(value, 0, 32768), msgmax: isBytes, msgmnb: isBytes };
  fc.assert(
    fc.property(objectsOf(members), (limits) => {
      const wrong = wrongOf(limits, 'limits', accepts);
      if (Object.values(limits).every((value) => value === undefined)) wrong.push('limits');
      check(limits, wrong, (it) => setLimits(it));
    }),
    { numRuns: 300 },
  );
});
