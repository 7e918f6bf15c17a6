/**
 * The plain system calls: C's names, argument order and values, with typed errors in place of errno.
 *
 * They are synchronous. Without IPC_NOWAIT, msgsnd and msgrcv block the thread, as in C. For waiting without blocking,
 * use MessageQueue. Sources: msgget(2), msgop(2), msgctl(2), ftok(3), and measurements for the cases that those leave
 * open (docs/errors.md).
 */

import { invalidType, invalidValue, outOfRange } from './core/argument-errors';
import { IPC_INFO, IPC_RMID, IPC_SET, IPC_STAT, MSG_COPY, MSG_INFO, MSG_STAT, MSG_STAT_ANY } from './core/constants';
import { publishReceived, publishSent, receiveChannel, sendChannel } from './core/diagnostics';
import * as errno from './core/errno';
import { rememberQueue } from './core/known-queues';
import { lazy } from './core/lazy';
import { checkPayload } from './core/memory-validators';
import { refuseExtra } from './core/options';
import {
  checkBytes,
  checkFlags,
  checkKey,
  checkMessageSelector,
  checkMessageType,
  checkModeBits,
  checkObject,
  checkOwnerId,
  checkQueueId,
} from './core/validators';
import type { CallContext } from './kernel/call-context';
import { errorFromErrno } from './kernel/error-from-errno';
import { receiveToInbox } from './messages/receive';
import { selectorWords } from './messages/selector';
import { stagePayload } from './messages/send';
import { WAIT_SLICE_MS } from './messages/time-slices';
import * as native from './native/calls';
import { arrivedBytes, trimInbox } from './native/inbox';
import { queuesAreInMemory } from './native/registers';
import { trimSlab } from './native/slab';
import type { MsgInfo, MsqidDs } from './native/structs';

/** A message for `msgsnd`. */
export interface OutgoingMessage {
  /** 1 … 2^63−1; a number must be a safe integer. */
  mtype: number | bigint;
  /** The bytes; a string is sent as UTF-8. */
  mtext: string | ArrayBufferView | ArrayBuffer;
}

/** A message from `msgrcv`. */
export interface IncomingMessage {
  /** The type. Rounded above 2^53; `mtypeBigInt` is exact. */
  readonly mtype: number;
  /** The type, exactly. */
  readonly mtypeBigInt: bigint;
  /** The bytes: a Buffer of its own that nothing else writes to. */
  readonly mtext: Buffer;
}

/** The settings that IPC_SET changes. */
export interface MsqidDsChange {
  /** The most bytes the queue takes, and the most messages. */
  msg_qbytes: number;
  /** Owner and permission bits. */
  msg_perm: {
    /** User id of the owner. */
    uid: number;
    /** Group id of the owner. */
    gid: number;
    /** The nine permission bits. */
    mode: number;
  };
}

export {
  IPC_CREAT,
  IPC_EXCL,
  IPC_INFO,
  IPC_NOWAIT,
  IPC_PRIVATE,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MSG_COPY,
  MSG_EXCEPT,
  MSG_INFO,
  MSG_NOERROR,
  MSG_STAT,
  MSG_STAT_ANY,
} from './core/constants';
export { ftok } from './kernel/ftok';
export type { IpcPerm, MsgInfo, MsqidDs } from './native/structs';

// A worker returns from a blocking call at intervals, so that it can be terminated. The main thread needs no such
// return and waits as C does.
const waitMsHere = lazy(() => {
  const { isMainThread } = require('node:worker_threads') as typeof import('node:worker_threads');
  return isMainThread ? native.WAIT_FOREVER : WAIT_SLICE_MS;
});
// A worker would come back to queues in memory forever.
const waitMs = (): number => (queuesAreInMemory() ? native.WAIT_FOREVER : waitMsHere());

/**
 * Returns the id of the queue with a key, and creates the queue on request.
 *
 * `msgget(key, msgflg)`
 *
 * @param key - A key that the programs agree on (a number, or `ftok`): an int32 or a uint32. IPC_PRIVATE (0) always
 *   creates a new queue.
 * @param msgflg - IPC_CREAT, IPC_EXCL, and nine permission bits: of a new queue, or requested of an existing one.
 *   Execute bits are never granted, not even to the owner: use 0o600, not 0o700. Default: 0.
 * @returns The id, 0 … 2^31−1. 0 is an ordinary id: the first of a fresh namespace.
 * @throws {QueueNotFoundError} `ENOENT`: there is none, and IPC_CREAT is not set.
 * @throws {QueueExistsError} `EEXIST`: there is one, and IPC_CREAT and IPC_EXCL are set.
 * @throws {QueueAccessError} `EACCES`: the queue exists and does not grant the bits.
 * @throws {QueueCountLimitError} `ENOSPC`: MSGMNI queues exist.
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * const id = msgget(0x5eed1234, IPC_CREAT | IPC_EXCL | 0o600);
 * assert.equal(msgget(0x5eed1234), id);
 * msgctl(id, IPC_RMID);
 */
export function msgget(key: number, msgflg?: number): number;
export function msgget(key: number, msgflg = 0, extra?: unknown): number {
  refuseExtra(extra, 'msgget');
  const keyT = checkKey(key);
  const result = native.msgget(keyT, checkFlags(msgflg));
  if (result < 0) throw errorFromErrno('msgget', result, { key: keyT });
  rememberQueue(result, keyT);
  return result;
}

/**
 * Appends a message to a queue.
 *
 * `msgsnd(msqid, &{ mtype, mtext }, length of mtext, msgflg)`
 *
 * Blocks the thread while the queue is full, forever if the message is larger than the queue's msg_qbytes. The call
 * copies the bytes.
 *
 * @param message.mtype - 1 … 2^63−1: a safe integer or a bigint.
 * @param message.mtext - The bytes, 0 … MSGMAX of them; a string is sent as UTF-8.
 * @param msgflg - IPC_NOWAIT: fail with EAGAIN instead of blocking. Default: 0.
 * @throws {QueueFullError} `EAGAIN`: no room now, with IPC_NOWAIT.
 * @throws {MessageTooLargeError} `EINVAL`: longer than MSGMAX, or with IPC_NOWAIT than msg_qbytes.
 * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
 * @throws {QueueAccessError} `EACCES`: no write permission.
 * @throws {InterruptedError} `EINTR`: a signal handler ran while this waited. Nothing was sent.
 *
 * @example
 * const id = msgget(IPC_PRIVATE, 0o600);
 * msgsnd(id, { mtype: 7, mtext: 'hello' }, IPC_NOWAIT);
 * assert.equal(msgctl(id, IPC_STAT).msg_cbytes, 5);
 * msgctl(id, IPC_RMID);
 */
export function msgsnd(msqid: number, message: OutgoingMessage, msgflg?: number): void;
export function msgsnd(msqid: number, message: OutgoingMessage, msgflg = 0, extra?: unknown): void {
  refuseFourth(extra);
  const id = checkQueueId(msqid);
  const { mtype, mtext } = checkObject(message, 'message');
  const type = checkMessageType(mtype, 'message.mtype');
  const payload = checkPayload(mtext, 'message.mtext');
  const flags = checkFlags(msgflg);

  const length = stagePayload(id, type, payload);
  let result: number;
  do result = native.msgsnd(id, type, length, flags, waitMs());
  while (result === errno.ETIMEDOUT);
  trimSlab();
  if (result < 0) throw errorFromErrno('msgsnd', result, { queueId: id, messageType: type, length, flags });
  if (sendChannel.hasSubscribers) publishSent(id, type, length);
}

/**
 * Takes a message from a queue.
 *
 * `msgrcv(msqid, buffer, msgsz, msgtyp, msgflg)`
 *
 * Blocks the thread until a message matches.
 *
 * @param msgsz - The most bytes to take, 0 … 2^31−1. Default (also with undefined): a message of any length.
 * @param msgtyp - 0, the default: the oldest message. Above 0: the oldest of that type, or with MSG_EXCEPT of any other.
 *   Below 0: the oldest of the lowest type that is not above −msgtyp. With MSG_COPY: a position, from 0.
 * @param msgflg - IPC_NOWAIT: fail with ENOMSG instead of blocking. MSG_NOERROR: truncate a longer message at msgsz;
 *   the rest is lost. MSG_EXCEPT. MSG_COPY (with IPC_NOWAIT): copy the message and leave it. Default: 0.
 * @throws {NoMessageError} `ENOMSG`: none matches, with IPC_NOWAIT.
 * @throws {BufferTooSmallError} `E2BIG`: longer than msgsz, without MSG_NOERROR. The message stays.
 * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
 * @throws {QueueAccessError} `EACCES`: no read permission.
 * @throws {InterruptedError} `EINTR`: a signal handler ran while this waited. Nothing was taken.
 * @throws {UnsupportedError} `ENOSYS`: MSG_COPY on a kernel without CONFIG_CHECKPOINT_RESTORE.
 *
 * @example
 * const id = msgget(IPC_PRIVATE, 0o600);
 * msgsnd(id, { mtype: 7, mtext: 'hello' });
 * const { mtype, mtext } = msgrcv(id, 100, 7, IPC_NOWAIT);
 * assert.equal(mtype, 7);
 * assert.equal(mtext.toString(), 'hello');
 * msgctl(id, IPC_RMID);
 */
export function msgrcv(msqid: number, msgsz?: number, msgtyp?: number | bigint, msgflg?: number): IncomingMessage;
export function msgrcv(
  msqid: number,
  msgsz?: number,
  msgtyp: number | bigint = 0,
  msgflg = 0,
  extra?: unknown,
): IncomingMessage {
  refuseExtra(extra, 'msgrcv');
  if (typeof msgsz === 'object') {
    throw invalidType('msgsz', 'of type number', msgsz, 'msgrcv returns the text in new memory: leave the buffer out.');
  }
  const id = checkQueueId(msqid);
  const most = msgsz === undefined ? undefined : checkBytes(msgsz, 'msgsz');
  const type = checkMessageSelector(msgtyp, 'msgtyp');
  const flags = checkFlags(msgflg);

  let result: number;
  do result = receiveToInbox(id, type, flags, most, waitMs());
  while (result === errno.ETIMEDOUT);
  if (result < 0) {
    trimInbox();
    const context: CallContext = { queueId: id, flags, selector: selectorWords(type, flags) };
    if (most !== undefined) context.maxLength = most;
    throw errorFromErrno('msgrcv', result, context);
  }
  const mtype = native.receivedType();
  const copied = (flags & MSG_COPY) !== 0;
  if (receiveChannel.hasSubscribers && !copied) publishReceived(id, mtype, result);
  return { mtype: Number(mtype), mtypeBigInt: BigInt(mtype), mtext: arrivedBytes(result) };
}

/**
 * Reads, changes or removes a queue, or reads the kernel's data about all queues.
 *
 * `msgctl(msqid, cmd, buf)`
 *
 * - IPC_STAT: the state of a queue (`struct msqid_ds`). Needs read permission.
 * - IPC_SET: sets owner, mode and msg_qbytes, all of them. The caller must be the owner or creator, or have
 *   CAP_SYS_ADMIN.
 * - IPC_RMID: removes the queue and its messages at once; a waiting call fails with EIDRM.
 * - IPC_INFO: the limits (`struct msginfo`); MSG_INFO: the use of all queues. They need no permission and ignore msqid.
 *   `index` is the highest index in use, or 0 without any queue.
 * - MSG_STAT, MSG_STAT_ANY: IPC_STAT by index, 0 … `index`; `msqid` is the queue's id. MSG_STAT_ANY needs no permission
 *   (Linux 4.17 and later).
 *
 * @throws {QueueRemovedError} `EINVAL`, `EIDRM`: there is no such queue, or none at this index.
 * @throws {QueueAccessError} `EACCES`: no read permission; `EPERM`: neither owner nor creator.
 * @throws {QueueBytesLimitError} `EPERM`: msg_qbytes above MSGMNB without CAP_SYS_RESOURCE.
 *
 * @example
 * const id = msgget(IPC_PRIVATE, 0o600);
 * const { msg_perm, msg_qbytes } = msgctl(id, IPC_STAT);
 * msgctl(id, IPC_SET, { msg_perm: { ...msg_perm, mode: 0o640 }, msg_qbytes: msg_qbytes - 1 });
 * assert.equal(msgctl(id, IPC_STAT).msg_perm.mode, 0o640);
 * assert.ok(msgctl(0, IPC_INFO).msgmni >= 0);
 * msgctl(id, IPC_RMID);
 */
export function msgctl(msqid: number, cmd: typeof IPC_STAT): MsqidDs;
export function msgctl(msqid: number, cmd: typeof IPC_SET, ds: MsqidDsChange): void;
export function msgctl(msqid: number, cmd: typeof IPC_RMID): void;
export function msgctl(msqid: number, cmd: typeof IPC_INFO | typeof MSG_INFO): MsgInfo & { index: number };
export function msgctl(index: number, cmd: typeof MSG_STAT | typeof MSG_STAT_ANY): MsqidDs & { msqid: number };
export function msgctl(
  msqid: number,
  cmd: number,
  ds?: MsqidDsChange,
): MsqidDs | (MsqidDs & { msqid: number }) | (MsgInfo & { index: number }) | undefined {
  if (cmd !== IPC_SET) refuseExtra(ds, 'msgctl');
  const id = checkQueueId(msqid);
  if (typeof cmd !== 'number') throw invalidType('cmd', 'of type number', cmd);
  switch (cmd) {
    case IPC_STAT:
      requireSuccess(native.readStatus(id, cmd), id, cmd);
      return native.readMsqidDs();
    case MSG_STAT:
    case MSG_STAT_ANY:
      return statusByIndex(id, cmd);
    case IPC_INFO:
    case MSG_INFO: {
      const index = requireSuccess(native.readInfo(cmd), id, cmd);
      return { ...native.readMsgInfo(), index };
    }
    case IPC_RMID:
      requireSuccess(native.removeQueue(id), id, cmd);
      return undefined;
    case IPC_SET:
      setStatus(id, ds as MsqidDsChange);
      return undefined;
    default:
      throw outOfRange('cmd', 'IPC_STAT, IPC_SET, IPC_RMID, IPC_INFO, MSG_INFO, MSG_STAT or MSG_STAT_ANY', cmd);
  }
}

// C's msgsnd has the length before the flags.
function refuseFourth(extra: unknown): void {
  refuseExtra(extra, 'msgsnd', 'nothing');
  if (typeof extra !== 'number') return;
  throw invalidValue(
    'msgsz',
    'is not an argument of msgsnd, which knows the length: write msgsnd(msqid, message, msgflg)',
  );
}

function statusByIndex(index: number, command: number): MsqidDs & { msqid: number } {
  const msqid = native.readStatus(index, command);
  if (msqid >= 0) return { ...native.readMsqidDs(), msqid };
  // An index is not an id; MSG_STAT_ANY reports the id even of an unreadable queue.
  const queueId = native.readStatus(index, MSG_STAT_ANY);
  throw errorFromErrno('msgctl', msqid, queueId < 0 ? { index, command } : { queueId, command });
}

function requireSuccess(result: number, queueId: number, command: number): number {
  if (result < 0) throw errorFromErrno('msgctl', result, { queueId, command });
  return result;
}

function setStatus(id: number, ds: MsqidDsChange): void {
  const { msg_qbytes, msg_perm } = checkObject(ds, 'ds');
  const { uid, gid, mode } = checkObject(msg_perm, 'ds.msg_perm');
  const maxBytes = checkBytes(msg_qbytes, 'ds.msg_qbytes');
  const result = native.setStatus(
    id,
    checkOwnerId(uid, 'ds.msg_perm.uid'),
    checkOwnerId(gid, 'ds.msg_perm.gid'),
    checkModeBits(mode, 'ds.msg_perm.mode'),
    maxBytes,
  );
  if (result < 0) throw errorFromErrno('msgctl', result, { queueId: id, command: IPC_SET, maxBytes });
}
