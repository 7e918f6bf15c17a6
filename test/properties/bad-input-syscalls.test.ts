/** What sysvmq/syscalls answers to arguments that are wrong: nothing of them gets to the kernel. */

import {
  IPC_CREAT,
  IPC_INFO,
  IPC_NOWAIT,
  IPC_SET,
  IPC_STAT,
  MSG_STAT_ANY,
  type MsqidDsChange,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
} from '../../lib/index';
import {
  answers,
  BYTES,
  beyondBytes,
  beyondKey,
  beyondMode,
  beyondOwner,
  type Call,
  KEY,
  MODE,
  notIntegers,
  notNumbers,
  notObjects,
  notSafeTypes,
  notTypes,
  outOfRange,
  TYPE,
  wrongType,
} from '../support/bad-values';
import { freshKey, newQueueId } from '../support/queues';

type Loose = (...args: unknown[]) => unknown;

const FLAGS = 'an integer >= -2147483648 and <= 2147483647';
const OWNER = 'an integer >= 0 and <= 4294967294';
const SELECTOR = 'a safe integer, or a bigint >= -(2n ** 63n) and <= 2n ** 63n - 1n';
const PAYLOAD = 'of type string or an instance of Buffer, TypedArray, DataView or ArrayBuffer';
const COMMAND = 'IPC_STAT, IPC_SET, IPC_RMID, IPC_INFO, MSG_INFO, MSG_STAT or MSG_STAT_ANY';

const beyondFlags = [...notIntegers, 2 ** 31, 2 ** 32, -(2 ** 31) - 1];
const notSelectors = [...notIntegers, 2n ** 63n, 2n ** 64n, -(2n ** 63n) - 1n];

let id: number;
beforeEach(() => {
  id = newQueueId();
  // Enough that a receive which should have been refused takes one, instead of waiting forever.
  for (let i = 0; i < 50; i++) msgsnd(id, { mtype: 1, mtext: 'a message' }, IPC_NOWAIT);
});

it.each<[call: string, argument: string, call: () => unknown]>([
  ['msgget', 'key', msgget as () => unknown],
  ['msgsnd', 'msqid', msgsnd as () => unknown],
  ['msgrcv', 'msqid', msgrcv as () => unknown],
  ['msgctl', 'msqid', msgctl as () => unknown],
])('%s without an argument says that %s must be a number', (_, argument, call) => {
  expect(answers(() => call(), [undefined])).toEqual(wrongType(argument, 'of type number', [undefined]));
});

const hello = { mtype: 1, mtext: 'hello' };
const change: MsqidDsChange = { msg_qbytes: 1000, msg_perm: { uid: 0, gid: 0, mode: 0o600 } };
const setOwner = (part: object) => msgctl(id, IPC_SET, { ...change, msg_perm: { ...change.msg_perm, ...part } });

it.each<[title: string, argument: string, range: string, beyond: unknown[], call: Call]>([
  ['msgget(key)', 'key', KEY, beyondKey, (key) => msgget(key, IPC_CREAT | 0o600)],
  ['msgsnd(msqid, …)', 'msqid', BYTES, beyondBytes, (msqid) => msgsnd(msqid, hello, IPC_NOWAIT)],
  ['msgrcv(msqid, …)', 'msqid', BYTES, beyondBytes, (msqid) => msgrcv(msqid, 10, 0, IPC_NOWAIT)],
  ['msgctl(msqid, IPC_STAT)', 'msqid', BYTES, beyondBytes, (msqid) => msgctl(msqid, IPC_STAT)],
  ['msgctl(index, MSG_STAT_ANY)', 'msqid', BYTES, beyondBytes, (index) => msgctl(index, MSG_STAT_ANY)],
  ['msgctl(msqid, IPC_INFO)', 'msqid', BYTES, beyondBytes, (msqid) => msgctl(msqid, IPC_INFO)],
  [
    'msgctl(… msg_qbytes)',
    'ds.msg_qbytes',
    BYTES,
    beyondBytes,
    (n) => msgctl(id, IPC_SET, { ...change, msg_qbytes: n }),
  ],
  ['msgctl(… uid)', 'ds.msg_perm.uid', OWNER, beyondOwner, (uid) => setOwner({ uid })],
  ['msgctl(… gid)', 'ds.msg_perm.gid', OWNER, beyondOwner, (gid) => setOwner({ gid })],
  ['msgctl(… mode)', 'ds.msg_perm.mode', MODE, beyondMode, (mode) => setOwner({ mode })],
])('%s refuses what is no number, and numbers beyond the range of %s', (_, name, range, beyond, call) => {
  const values = [...notNumbers, undefined];
  expect(answers(call as never, values)).toEqual(wrongType(name, 'of type number', values));
  expect(answers(call as never, beyond)).toEqual(outOfRange(name, range, beyond));
});

it.each<[title: string, argument: string, range: string, beyond: unknown[], call: Call]>([
  ['msgget(key, msgflg)', 'msgflg', FLAGS, beyondFlags, (flags) => msgget(freshKey(), flags)],
  ['msgsnd(…, msgflg)', 'msgflg', FLAGS, beyondFlags, (flags) => msgsnd(id, hello, flags)],
  ['msgrcv(…, msgflg)', 'msgflg', FLAGS, beyondFlags, (flags) => msgrcv(id, 10, 0, flags)],
  ['msgrcv(…, msgsz)', 'msgsz', BYTES, beyondBytes, (size) => msgrcv(id, size, 0, IPC_NOWAIT)],
])('%s refuses what is no number, and numbers beyond the range of %s', (_, name, range, beyond, call) => {
  expect(answers(call as never, notNumbers)).toEqual(wrongType(name, 'of type number', notNumbers));
  expect(answers(call as never, beyond)).toEqual(outOfRange(name, range, beyond));
});

it('msgsnd refuses a message type that the kernel would refuse, or not carry whole', () => {
  const call = (mtype: unknown) => msgsnd(id, { mtype, mtext: 'text' } as never, IPC_NOWAIT);
  const values = [...notTypes, undefined];
  expect(answers(call, values)).toEqual(wrongType('message.mtype', 'of type number or bigint', values));
  expect(answers(call, notSafeTypes)).toEqual(outOfRange('message.mtype', TYPE, notSafeTypes));
});

it('msgrcv refuses a msgtyp that is no 64-bit integer', () => {
  const call = (msgtyp: unknown) => msgrcv(id, 10, msgtyp as number, IPC_NOWAIT);
  expect(answers(call, notTypes)).toEqual(wrongType('msgtyp', 'of type number or bigint', notTypes));
  expect(answers(call, notSelectors)).toEqual(outOfRange('msgtyp', SELECTOR, notSelectors));
});

it('msgctl refuses a cmd that is no number, and one that it does not know', () => {
  const call = (cmd: unknown) => msgctl(id, cmd as typeof IPC_STAT);
  const values = [...notNumbers, undefined];
  expect(answers(call, values)).toEqual(wrongType('cmd', 'of type number', values));
  const unknown = [...notIntegers, -1, 4, 10, 14, 0x102, 2 ** 31, 2 ** 32 + IPC_STAT];
  expect(answers(call, unknown)).toEqual(outOfRange('cmd', COMMAND, unknown));
});

it.each<[title: string, argument: string, call: Call]>([
  ['msgsnd', 'message', (message) => msgsnd(id, message, IPC_NOWAIT)],
  ['msgctl', 'ds', (ds) => msgctl(id, IPC_SET, ds)],
  ['msgctl', 'ds.msg_perm', (msg_perm) => msgctl(id, IPC_SET, { ...change, msg_perm })],
])('%s refuses a %s that is no object', (_, name, call) => {
  const values = [...notObjects, undefined];
  expect(answers(call as never, values)).toEqual(wrongType(name, 'of type object', values));
});

it.each<[title: string, call: () => unknown, argument: string, expected: string]>([
  ['msgsnd(id)', () => (msgsnd as Loose)(id), 'message', 'of type object'],
  ['msgsnd(id, {})', () => msgsnd(id, {} as never), 'message.mtype', 'of type number or bigint'],
  ['msgsnd(id, { mtype })', () => msgsnd(id, { mtype: 1 } as never), 'message.mtext', PAYLOAD],
  ['msgctl(id)', () => (msgctl as Loose)(id), 'cmd', 'of type number'],
  ['msgctl(id, IPC_SET)', () => (msgctl as Loose)(id, IPC_SET), 'ds', 'of type object'],
  ['msgctl(id, IPC_SET, {})', () => msgctl(id, IPC_SET, {} as never), 'ds.msg_perm', 'of type object'],
])('%s says what is missing', (_, call, argument, expected) => {
  expect(answers(call, [undefined])).toEqual(wrongType(argument, expected, [undefined]));
});
