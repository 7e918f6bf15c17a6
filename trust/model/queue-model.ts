/** What a queue is, in the words of msgop(2): the model that the library and the kernel are held against. */

import type { Select } from '../../lib/messages/selector';
import type { Rights } from './permissions';

export interface ModelMessage {
  type: bigint;
  text: string;
}

/** A message that waits for room, and the call that it belongs to. */
export interface WaitingMessage extends ModelMessage {
  group: number;
}

/** A queue and the messages that wait to get into it, in the order of the calls. Never changed: each step makes another. */
export interface ModelQueue {
  readonly maxBytes: number;
  readonly messages: readonly ModelMessage[];
  readonly line: readonly WaitingMessage[];
  /** What the process may do with it. */
  readonly rights: Rights;
}

/** MSGMAX of a new namespace. */
const MSGMAX = 8192;

export function usedBytes({ messages }: ModelQueue): number {
  return messages.reduce((bytes, { text }) => bytes + text.length, 0);
}

/** Whether it is not full for this message: msg_qbytes bounds the bytes, and the number of messages, too. */
export function fits(queue: ModelQueue, { text }: ModelMessage): boolean {
  return usedBytes(queue) + text.length <= queue.maxBytes && queue.messages.length + 1 <= queue.maxBytes;
}

/** Whether it could never get into the queue. */
export function isTooLarge({ maxBytes }: ModelQueue, message: ModelMessage): boolean {
  return exceedsMsgmax(message) || message.text.length > maxBytes;
}

/** The kernel looks at that before it looks at permissions. */
function exceedsMsgmax({ text }: ModelMessage): boolean {
  return text.length > MSGMAX;
}

/** Whether a send is refused for lack of permission. */
export function isDenied({ rights }: ModelQueue, message: ModelMessage): boolean {
  return !rights.write && !exceedsMsgmax(message);
}

export function withMessage(queue: ModelQueue, { type, text }: ModelMessage): ModelQueue {
  return { ...queue, messages: [...queue.messages, { type, text }] };
}

/** The message that a receive would take. */
export function firstMatch({ messages }: ModelQueue, select: Select): ModelMessage | undefined {
  const { type, except, upTo } = select;
  if (type !== undefined) return messages.find((message) => message.type === BigInt(type));
  if (except !== undefined) return messages.find((message) => message.type !== BigInt(except));
  if (upTo === undefined) return messages[0];
  let lowest: ModelMessage | undefined;
  for (const message of messages) {
    if (message.type <= BigInt(upTo) && (lowest === undefined || message.type < lowest.type)) lowest = message;
  }
  return lowest;
}

export function without(queue: ModelQueue, taken: ModelMessage): ModelQueue {
  return { ...queue, messages: queue.messages.filter((message) => message !== taken) };
}

/** Whether a receive is refused this message: longer than it wants, and not to be cut. */
export function isTooLong({ text }: ModelMessage, { maxLength, truncate }: Select): boolean {
  return maxLength !== undefined && truncate !== true && text.length > maxLength;
}

/** What a receive is given of a message. */
export function delivered({ type, text }: ModelMessage, { maxLength, truncate }: Select): ReceivedMessage {
  const truncated = truncate === true && maxLength !== undefined && text.length > maxLength;
  return { type, text: truncated ? text.slice(0, maxLength) : text, truncated };
}

export interface ReceivedMessage extends ModelMessage {
  truncated: boolean;
}
