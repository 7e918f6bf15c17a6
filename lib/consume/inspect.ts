/** Lists the messages that consumers have in hand, and puts a dead consumer's messages back. */

import type { MessageQueueError } from '../core/errors';
import { checkOptions, optionNames } from '../core/options';
import { checkString } from '../core/validators';
import { trySendPayload } from '../messages/send';
import { Airlock, type InHand } from './airlock';
import { damageError } from './airlock-errors';
import { airlockNames, defaultStateFolder, ipcNamespace, queueLabel } from './state-folder';

/** The place to search for consumers. */
export interface InspectOptions {
  /** The state folder. Default: /dev/shm/sysvmq-UID. */
  state?: string | undefined;
}

/** One consumer, living or dead, with its messages in hand. */
export interface AirlockInfo {
  /** The file of shared memory. */
  file: string;
  /** The consumer's. */
  name: string;
  /** The key of the queue it took from; 0: it had none. */
  queueKey: number;
  /** The queue it took from first. −1: not known. */
  queueId: number;
  /** In its own PID namespace. */
  pid: number;
  /** Whether a process holds the file's lock. */
  alive: boolean;
  /** Messages that fit in it. */
  slots: number;
  /** Bytes of the longest message that fits a slot. */
  slotBytes: number;
  /** Its size in bytes of shared memory. */
  bytes: number;
  /** The messages in hand, oldest first. */
  messages: {
    /** The message's type. */
    type: number | bigint;
    /** Bytes of its text. */
    length: number;
    /** How often its work was begun. */
    attempts: number;
    /** When it was taken out of the queue. */
    takenAt: Date;
    /** When it must be tried again; null: now. */
    notBefore: Date | null;
  }[];
  /** Why nothing is known of what is in it. */
  error?: Error;
}

/** The result of recoverMessages. */
interface Recovered {
  /** In the queue again. */
  messages: number;
  /** Still in hand, because the queue is full. */
  left: number;
  /** Consumers that live, and keep what they have. */
  consumersAlive: number;
}

/**
 * Lists the airlocks of the consumers of this IPC namespace, including dead ones, with the messages in hand.
 *
 * It reads the files of the state folder, takes no message and disturbs no consumer. An airlock that is damaged, or of
 * another version, has an `error`.
 *
 * @param options.state - The folder. Default: /dev/shm/sysvmq-UID.
 *
 * @example
 * const queue = MessageQueue.createPrivate();
 * const consumer = queue.consume(() => undefined, { name: 'invoices' });
 * assert.ok(listConsumers().some(({ name, alive }) => name === 'invoices' && alive));
 * await consumer.close();
 * queue.remove();
 */
export function listConsumers(options?: InspectOptions): AirlockInfo[] {
  const folder = folderOf(options);
  const names = airlockNames(folder);
  if (names.length === 0) return [];
  const namespace = ipcNamespace();
  return names
    .filter((name) => name.namespace === namespace)
    .map(({ file, queue, consumer }) => infoOf(folder, file, queue, consumer))
    .filter((info) => info !== undefined);
}

/** This user's consumers of one queue. */
export interface QueueInHand {
  /** The living ones. */
  consumers: AirlockInfo[];
  /** The messages that they and the dead ones have in hand. */
  messages: number;
  /** The files of those whose messages cannot be counted. */
  unreadable: string[];
}

/** Finds the consumers of a queue, and what they have in hand: one snapshot for all queues. */
export function queuesInHand(): (queue: { id: number; key: number }) => QueueInHand {
  const all = listConsumers();
  return ({ id, key }) => {
    const ofQueue = all.filter((info) =>
      key === 0 ? info.queueKey === 0 && info.queueId === id : info.queueKey === key,
    );
    return {
      consumers: ofQueue.filter(({ alive }) => alive),
      messages: ofQueue.reduce((count, { messages }) => count + messages.length, 0),
      unreadable: ofQueue.filter(({ error }) => error !== undefined).map(({ file }) => file),
    };
  };
}

/** Counts the messages of a queue that this user's consumers have in hand, dead ones included. */
export function countInHand(): (queue: { id: number; key: number }) => number {
  const inHandOf = queuesInHand();
  return (queue) => inHandOf(queue).messages;
}

const known = optionNames<InspectOptions & { name?: string | undefined }>('listConsumers', { state: true, name: true });

function folderOf(options: InspectOptions | undefined): string {
  const state = checkOptions(options, known)?.state;
  return state === undefined ? defaultStateFolder() : checkString(state, 'options.state');
}

function infoOf(folder: string, file: string, queue: string, name: string): AirlockInfo | undefined {
  const key = queue.startsWith('0x') ? Number(queue) | 0 : 0;
  const base = { file: `${folder}/${file}`, name, queueKey: key };
  let airlock: Airlock | undefined;
  try {
    airlock = Airlock.inspect(folder, file);
  } catch (error) {
    const queueId = key === 0 ? Number(queue.slice(2)) : -1;
    return {
      ...base,
      queueId,
      pid: 0,
      alive: false,
      slots: 0,
      slotBytes: 0,
      bytes: 0,
      messages: [],
      error: error as Error,
    };
  }
  if (airlock === undefined) return undefined;
  const messages = airlock.inHand().map(toInHand);
  const { queueId, ownerPid: pid, ownerLives: alive, slots, capacity: slotBytes, bytes } = airlock;
  airlock.close();
  return { ...base, queueId, pid, alive, slots, slotBytes, bytes, messages };
}

function toInHand({ type, length, attempts, takenAt, notBefore }: InHand): AirlockInfo['messages'][number] {
  return {
    type,
    length,
    attempts,
    takenAt: new Date(takenAt),
    notBefore: notBefore === 0 ? null : new Date(notBefore),
  };
}

/**
 * Puts the messages that dead consumers had in hand back at the end of a queue, in the order of taking.
 *
 * `msgsnd(id, …, IPC_NOWAIT)` for each. A message leaves its slot after it is in the queue, so a crash in between sends
 * it twice. Airlocks with a living owner stay untouched, and so do damaged ones and those of another version; `onError` gets
 * an error for each of these.
 *
 * @throws {QueueRemovedError} `EINVAL`: the queue is gone. {MessageTooLargeError}: a limit is lower by now.
 */
export function recoverMessages(
  queueId: number,
  queueKey: number,
  options: (InspectOptions & { name?: string }) | undefined,
  onError: (error: Error) => void,
): Recovered {
  const folder = folderOf(options);
  const queue = queueLabel({ queueId, queueKey });
  const recovered: Recovered = { messages: 0, left: 0, consumersAlive: 0 };
  for (const name of airlockNames(folder)) {
    const isWanted = options?.name === undefined || name.consumer === options.name;
    if (name.namespace !== ipcNamespace() || name.queue !== queue || !isWanted) continue;
    try {
      const airlock = Airlock.takeOver(folder, name.file);
      if (airlock === undefined) recovered.consumersAlive += 1;
      else {
        if (airlock.damaged > 0) onError(damageError(folder, airlock));
        putBack(airlock, queueId, recovered);
      }
    } catch (error) {
      if (!String((error as MessageQueueError).code).startsWith('ERR_AIRLOCK')) throw error;
      onError(error as Error);
    }
  }
  return recovered;
}

function putBack(airlock: Airlock, queueId: number, recovered: Recovered): void {
  try {
    const inHand = airlock.inHand();
    for (const [index, { slot }] of inHand.entries()) {
      const { type, data } = airlock.bytesOf(slot);
      if (!trySendPayload(queueId, data, type)) {
        recovered.left += inHand.length - index;
        return;
      }
      airlock.freeSlot(slot);
      recovered.messages += 1;
    }
  } finally {
    airlock.close();
  }
}
