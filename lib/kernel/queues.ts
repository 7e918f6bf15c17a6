/** Queues without their messages: creates, finds, changes and lists them, and reads their state. */

import {
  IPC_CREAT,
  IPC_EXCL,
  IPC_PRIVATE,
  IPC_SET,
  IPC_STAT,
  MSG_INFO,
  MSG_STAT,
  MSG_STAT_ANY,
} from '../core/constants';
import * as errno from '../core/errno';
import { QueueAccessError } from '../core/errors';
import { rememberQueue } from '../core/known-queues';
import { checkProperties, optionNames, refuseExtra } from '../core/options';
import { checkBytes, checkMode, checkOwnerId } from '../core/validators';
import { msgget, readInfo, readMsqidDs, readStatus, removeQueue, setStatus, statusMaxBytes } from '../native/calls';
import type { MsqidDs } from '../native/structs';
import { errorFromErrno } from './error-from-errno';
import { statusOf } from './status-of';

/** The settings that `set` changes. Missing ones stay. */
export interface QueueChange {
  /** msg_qbytes, in bytes: 0 … 2^31−1. Above MSGMNB it takes CAP_SYS_RESOURCE. */
  maxBytes?: number | undefined;
  /** The new owner's user id. */
  uid?: number | undefined;
  /** The new owner's group id. */
  gid?: number | undefined;
  /** Permission bits, without execute bits. */
  mode?: number | undefined;
}

/** The state of a queue: `struct msqid_ds` in JavaScript's terms. */
export interface QueueStatus {
  /** The id, as other processes use it, too. */
  id: number;
  /** The key as a `key_t`, a signed 32-bit integer; 0 for a private queue. */
  key: number;
  /** Effective user id of the owner. */
  uid: number;
  /** Effective group id of the owner. */
  gid: number;
  /** Effective user id of the creator, which keeps the owner's rights forever. */
  creatorUid: number;
  /** Effective group id of the creator. */
  creatorGid: number;
  /** The nine permission bits. */
  mode: number;
  /** Sequence number: the high part of the id. */
  sequence: number;
  /** Messages in the queue. */
  messageCount: number;
  /** Bytes of the messages in the queue. */
  usedBytes: number;
  /** msg_qbytes: the most bytes the queue takes, and the most messages. */
  maxBytes: number;
  /** Process id of the last sender. 0: none yet, or not visible in this pid namespace. */
  lastSenderPid: number;
  /** As `lastSenderPid`; after a receive that had blocked, Linux stores the thread's id. */
  lastReceiverPid: number;
  /** When a message was last sent, in whole seconds; null: never. */
  lastSentAt: Date | null;
  /** When a message was last received, in whole seconds; null: never. */
  lastReceivedAt: Date | null;
  /** Creation or last `set`. */
  changedAt: Date | null;
}

const DEFAULT_MODE = 0o600;

/** Creates a queue and returns its id; an error when a queue has this key. */
export function createQueue(key: number, mode: number | undefined, maxBytes: number | undefined): number {
  const id = msgget(key, IPC_CREAT | IPC_EXCL | (mode ?? DEFAULT_MODE));
  if (id < 0) throw errorFromErrno('msgget', id, { key });
  if (maxBytes !== undefined) limitNewQueue(id, key, maxBytes);
  return id;
}

// No call creates a queue with its own msg_qbytes; a queue that can't have the requested one must not stay.
function limitNewQueue(id: number, key: number, maxBytes: number): void {
  rememberQueue(id, key);
  try {
    setQueue(id, { maxBytes });
  } catch (error) {
    removeQueue(id);
    throw error;
  }
}

/** Returns the id of the queue with this key; an error when there is none. */
export function openQueue(key: number, mode: number | undefined): number {
  const id = msgget(key, mode ?? 0);
  if (id < 0) throw errorFromErrno('msgget', id, { key });
  return id;
}

/** Returns the id of the queue with this key, and creates the queue when there is none. */
export function openOrCreateQueue(key: number, mode: number | undefined, maxBytes: number | undefined): number {
  if (key === IPC_PRIVATE) return createQueue(key, mode, maxBytes);
  // Does not use msgget(IPC_CREAT), which would not reveal whether the queue is new, and a new one gets its msg_qbytes.
  // Another process may create or remove the queue between the two calls, so this repeats until one of them succeeds.
  for (;;) {
    const found = msgget(key, mode ?? 0);
    if (found >= 0) return found;
    if (found !== errno.ENOENT) throw errorFromErrno('msgget', found, { key });
    const created = msgget(key, IPC_CREAT | IPC_EXCL | (mode ?? DEFAULT_MODE));
    if (created >= 0) {
      if (maxBytes !== undefined) limitNewQueue(created, key, maxBytes);
      return created;
    }
    if (created !== errno.EEXIST) throw errorFromErrno('msgget', created, { key });
  }
}

/** Whether a queue has this key. Not for IPC_PRIVATE, which would create one. */
export function queueExists(key: number): boolean {
  const id = msgget(key, 0);
  if (id < 0 && id !== errno.ENOENT) throw errorFromErrno('msgget', id, { key });
  return id >= 0;
}

/**
 * Returns an error if the queue with an id is gone; undefined while it exists. Needs no permission: without it
 * `msgctl(IPC_STAT)` fails with EACCES for a queue that exists, and with EINVAL for one that does not.
 */
export function absenceOf(id: number): Error | undefined {
  const result = readStatus(id, IPC_STAT);
  if (result !== errno.EINVAL && result !== errno.EIDRM) return undefined;
  return errorFromErrno('msgctl', errno.EIDRM, { queueId: id, command: IPC_STAT });
}

/** The key of a queue; an error when there is no such queue. */
export function keyOf(id: number): number {
  return requireStatus(id).msg_perm.key;
}

function requireStatus(id: number): MsqidDs {
  const result = readStatus(id, IPC_STAT);
  const status = result >= 0 ? readMsqidDs() : statusOf(id);
  if (status === undefined) throw errorFromErrno('msgctl', result, { queueId: id, command: IPC_STAT });
  return status;
}

const changes = optionNames<QueueChange>('set', { maxBytes: true, uid: true, gid: true, mode: true });

/** Checks a change and applies it. Reads the id last, because reading the change may run a caller's code. */
export function changeQueue(id: () => number, change: QueueChange): void {
  const { maxBytes, uid, gid, mode } = checkProperties(change, changes, 'change');
  const checked: QueueChange = {};
  if (maxBytes !== undefined) checked.maxBytes = checkBytes(maxBytes, 'change.maxBytes');
  if (uid !== undefined) checked.uid = checkOwnerId(uid, 'change.uid');
  if (gid !== undefined) checked.gid = checkOwnerId(gid, 'change.gid');
  if (mode !== undefined) checked.mode = checkMode(mode, 'change.mode');
  setQueue(id(), checked);
}

// IPC_SET sets all four fields, so this first reads those to keep. msg_qbytes is an unsigned long: a privileged process
// may have set a value above an int, or above a number's exact range.
function setQueue(id: number, change: QueueChange): void {
  const { msg_perm, msg_qbytes } = requireStatus(id);
  const maxBytes = change.maxBytes ?? statusMaxBytes();
  const { uid = msg_perm.uid, gid = msg_perm.gid, mode = msg_perm.mode } = change;
  const result = setStatus(id, uid, gid, mode, maxBytes);
  if (result < 0) {
    const keepsMaxBytes = change.maxBytes === undefined;
    const context = { queueId: id, command: IPC_SET, maxBytes: change.maxBytes ?? msg_qbytes, keepsMaxBytes };
    throw errorFromErrno('msgctl', result, context);
  }
}

// Whole seconds since the epoch, or 0 for never.
function toDate(seconds: number): Date | null {
  return seconds === 0 ? null : new Date(seconds * 1000);
}

/** Converts a `struct msqid_ds` to JavaScript values. */
export function toQueueStatus(id: number, ds: MsqidDs): QueueStatus {
  return {
    id,
    key: ds.msg_perm.key,
    uid: ds.msg_perm.uid,
    gid: ds.msg_perm.gid,
    creatorUid: ds.msg_perm.cuid,
    creatorGid: ds.msg_perm.cgid,
    mode: ds.msg_perm.mode,
    sequence: ds.msg_perm.seq,
    messageCount: ds.msg_qnum,
    usedBytes: ds.msg_cbytes,
    maxBytes: ds.msg_qbytes,
    lastSenderPid: ds.msg_lspid,
    lastReceiverPid: ds.msg_lrpid,
    lastSentAt: toDate(ds.msg_stime),
    lastReceivedAt: toDate(ds.msg_rtime),
    changedAt: toDate(ds.msg_ctime),
  };
}

/** Reads the state of one queue. Needs read permission. */
export function readQueueStatus(id: number): QueueStatus {
  const result = readStatus(id, IPC_STAT);
  if (result < 0) throw errorFromErrno('msgctl', result, { queueId: id, command: IPC_STAT });
  return toQueueStatus(id, readMsqidDs());
}

/**
 * Lists every queue of the IPC namespace, including those that this process may not read, by index.
 *
 * `msgctl(MSG_INFO)`, then `msgctl(index, MSG_STAT_ANY)` for each index in use. The list may miss queues that are
 * created or removed meanwhile. Linux before 4.17 and qemu-user have no MSG_STAT_ANY: there MSG_STAT finds the readable
 * queues.
 *
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * const queue = MessageQueue.createPrivate();
 * queue.trySend('one');
 * const status = listQueues().find(({ id }) => id === queue.id);
 * assert.equal(status.messageCount, 1);
 * assert.equal(status.usedBytes, 3);
 * queue.remove();
 */
export function listQueues(): QueueStatus[];
export function listQueues(extra?: unknown): QueueStatus[] {
  refuseExtra(extra, 'listQueues');
  const highest = readInfo(MSG_INFO);
  if (highest < 0) throw errorFromErrno('msgctl', highest, { command: MSG_INFO });
  const queues: QueueStatus[] = [];
  for (let index = 0; index <= highest; index++) {
    let id = readStatus(index, MSG_STAT_ANY);
    // Either this index has no queue, or the command is unknown: the kernel returns the same errno for both.
    if (id === errno.EINVAL) id = readStatus(index, MSG_STAT);
    if (id >= 0) {
      queues.push(toQueueStatus(id, readMsqidDs()));
    } else if (id !== errno.EINVAL && id !== errno.EIDRM && id !== errno.EACCES) {
      // EIDRM: the queue is just being removed. EACCES, from MSG_STAT: it is not readable.
      throw errorFromErrno('msgctl', id, { command: MSG_STAT_ANY });
    }
  }
  return queues;
}

/** Reads the state of a queue. Without read permission it searches the list, which needs none. */
export function statusOfQueue(id: number): QueueStatus {
  try {
    return readQueueStatus(id);
  } catch (error) {
    const listed = error instanceof QueueAccessError ? listQueues().find((status) => status.id === id) : undefined;
    if (listed === undefined) throw error;
    return listed;
  }
}

/**
 * The fill of a queue, from 0 to 1: by bytes or by messages, because msg_qbytes limits the number of messages, too
 * (Linux ipc/msg.c). It is above 1 after msg_qbytes was lowered; a queue with msg_qbytes 0 is full.
 */
export function fillOf({ usedBytes, messageCount, maxBytes }: QueueStatus): number {
  return maxBytes === 0 ? 1 : Math.max(usedBytes, messageCount) / maxBytes;
}
