/**
 * What ipc/msg.c of Linux does, for the queues of one JavaScript thread, which are in its memory. A result is >= 0, or
 * -errno, and the checks come in the kernel's order. There is no other user: every permission is granted.
 */

import { IPC_CREAT, IPC_EXCL, IPC_NOWAIT, IPC_PRIVATE, MSG_COPY, MSG_EXCEPT, MSG_NOERROR } from '../../core/constants';
import { E2BIG, EAGAIN, EEXIST, EINVAL, ENOENT, ENOMSG, ENOSPC, EPERM } from '../../core/errno';

/** Ids have the kernel's shape: the low 15 bits are the index, the rest counts. */
const INDEX_BITS = 15;
const INDEX_MASK = 0x7fff;
/** Ids start high, so that a handle of a queue of the kernel does not find one of these. */
const FIRST_SEQUENCE = 0x4000;
const LAST_SEQUENCE = 0xffff;
const MODE_BITS = 0o777;
const MS_PER_SECOND = 1000;

export interface MemoryLimits {
  msgmni: number;
  msgmax: number;
  msgmnb: number;
}

export interface StoredMessage {
  type: number | bigint;
  bytes: Uint8Array;
}

/** The fields of struct msqid_ds, and the messages. */
export interface MemoryQueue {
  readonly id: number;
  readonly key: number;
  readonly sequence: number;
  readonly creatorUid: number;
  readonly creatorGid: number;
  uid: number;
  gid: number;
  mode: number;
  maxBytes: number;
  usedBytes: number;
  sendTime: number;
  receiveTime: number;
  changeTime: number;
  lastSender: number;
  lastReceiver: number;
  readonly messages: StoredMessage[];
}

/** Is notified of the changes of a queue. */
export interface QueueWatcher {
  onMessage(id: number, type: number | bigint): void;
  onRoom(queue: MemoryQueue): void;
  onRemoved(id: number): void;
}

function nowInSeconds(): number {
  return Math.floor(Date.now() / MS_PER_SECOND);
}

/** Whether msgrcv with `wanted` and `flags` takes a message of this type (ipc/msg.c, testmsg). */
export function selectorMatches(wanted: number | bigint, flags: number, type: number | bigint): boolean {
  if (wanted === 0) return true;
  if (wanted < 0) return type <= -wanted;
  return (flags & MSG_EXCEPT) !== 0 ? type !== wanted : type === wanted;
}

/** The index of the message that msgrcv would take; -1 when none matches. Of a negative selector, the lowest type. */
export function indexOfMatch(messages: readonly StoredMessage[], wanted: number | bigint, flags: number): number {
  let found = -1;
  for (const [index, { type }] of messages.entries()) {
    if (!selectorMatches(wanted, flags, type)) continue;
    if (wanted >= 0) return index;
    if (found < 0 || type < (messages[found] as StoredMessage).type) found = index;
  }
  return found;
}

/** The queues. */
export class MemoryKernel {
  readonly limits: MemoryLimits;
  readonly #queues: (MemoryQueue | undefined)[] = [];
  #watcher: QueueWatcher | undefined;
  #sequence = FIRST_SEQUENCE;

  constructor(limits: MemoryLimits) {
    this.limits = limits;
  }

  watch(watcher: QueueWatcher): void {
    this.#watcher = watcher;
  }

  get all(): MemoryQueue[] {
    return this.#queues.filter((queue) => queue !== undefined);
  }

  get highestIndex(): number {
    return Math.max(
      0,
      this.#queues.findLastIndex((queue) => queue !== undefined),
    );
  }

  /** The queue with this id. */
  find(id: number): MemoryQueue | undefined {
    const queue = id < 0 ? undefined : this.atIndex(id);
    return queue?.id === id ? queue : undefined;
  }

  /** As MSG_STAT has it, which takes an index and ignores higher bits. */
  atIndex(index: number): MemoryQueue | undefined {
    return index < 0 ? undefined : this.#queues[index & INDEX_MASK];
  }

  get(key: number, flags: number): number {
    const found = key === IPC_PRIVATE ? undefined : this.all.find((queue) => queue.key === key);
    if (found !== undefined) return (flags & IPC_CREAT) !== 0 && (flags & IPC_EXCL) !== 0 ? EEXIST : found.id;
    if (key !== IPC_PRIVATE && (flags & IPC_CREAT) === 0) return ENOENT;
    return this.#create(key, flags & MODE_BITS);
  }

  #create(key: number, mode: number): number {
    if (this.all.length >= this.limits.msgmni) return ENOSPC;
    const free = this.#queues.indexOf(undefined);
    const index = free < 0 ? this.#queues.length : free;
    const sequence = this.#sequence;
    this.#sequence = sequence === LAST_SEQUENCE ? FIRST_SEQUENCE : sequence + 1;
    const uid = process.geteuid?.() ?? 0;
    const gid = process.getegid?.() ?? 0;
    const id = (sequence << INDEX_BITS) | index;
    const owner = { uid, gid, creatorUid: uid, creatorGid: gid, mode };
    const never = { sendTime: 0, receiveTime: 0, lastSender: 0, lastReceiver: 0 };
    const size = { maxBytes: this.limits.msgmnb, usedBytes: 0, changeTime: nowInSeconds() };
    this.#queues[index] = { id, key, sequence, ...owner, ...never, ...size, messages: [] };
    return id;
  }

  send(id: number, type: number | bigint, bytes: Uint8Array): number {
    if (bytes.length > this.limits.msgmax || type < 1) return EINVAL;
    const queue = this.find(id);
    if (queue === undefined) return EINVAL;
    const { usedBytes, maxBytes, messages } = queue;
    if (usedBytes + bytes.length > maxBytes || messages.length + 1 > maxBytes) return EAGAIN;
    messages.push({ type, bytes: Uint8Array.from(bytes) });
    queue.usedBytes += bytes.length;
    queue.sendTime = nowInSeconds();
    queue.lastSender = process.pid;
    this.#watcher?.onMessage(id, type);
    return 0;
  }

  /** Takes, or with MSG_COPY copies, a message of at most `capacity` bytes; a longer one whole: the caller cuts it. */
  receive(id: number, capacity: number, wanted: number | bigint, flags: number): StoredMessage | number {
    if (id < 0 || capacity < 0) return EINVAL;
    const copies = (flags & MSG_COPY) !== 0;
    if (copies && ((flags & MSG_EXCEPT) !== 0 || (flags & IPC_NOWAIT) === 0)) return EINVAL;
    const queue = this.find(id);
    if (queue === undefined) return EINVAL;
    const index = copies ? Number(wanted) : indexOfMatch(queue.messages, wanted, flags);
    const message = queue.messages[index];
    if (message === undefined) return ENOMSG;
    if (message.bytes.length > capacity && (flags & MSG_NOERROR) === 0) return E2BIG;
    if (copies) return message.bytes.length > Math.min(capacity, this.limits.msgmax) ? EINVAL : message;
    queue.messages.splice(index, 1);
    queue.usedBytes -= message.bytes.length;
    queue.receiveTime = nowInSeconds();
    queue.lastReceiver = process.pid;
    this.#watcher?.onRoom(queue);
    return message;
  }

  set(
    id: number,
    { maxBytes, uid, gid, mode }: Pick<MemoryQueue, 'uid' | 'gid' | 'mode'> & { maxBytes: number | bigint },
  ) {
    const queue = this.find(id);
    if (queue === undefined) return EINVAL;
    if (maxBytes < 0 || maxBytes > this.limits.msgmnb) return EPERM;
    if (uid === -1 || gid === -1) return EINVAL;
    Object.assign(queue, { maxBytes: Number(maxBytes), uid: uid >>> 0, gid: gid >>> 0, mode: mode & MODE_BITS });
    queue.changeTime = nowInSeconds();
    this.#watcher?.onRoom(queue);
    return 0;
  }

  remove(id: number): number {
    if (this.find(id) === undefined) return EINVAL;
    this.#queues[id & INDEX_MASK] = undefined;
    this.#watcher?.onRemoved(id);
    return 0;
  }
}
