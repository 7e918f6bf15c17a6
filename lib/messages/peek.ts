/** Reads messages without taking them. */

import type { Codec } from '../codecs/codec';
import { IPC_NOWAIT, MSG_COPY } from '../core/constants';
import * as errno from '../core/errno';
import type { Message } from '../core/message';
import { errorFromErrno } from '../kernel/error-from-errno';
import { statusOf } from '../kernel/status-of';
import { msgrcv, msgsnd, receivedType, WAIT_FOREVER } from '../native/calls';
import { arrivedBytes, ensureInboxRoom, trimInbox } from '../native/inbox';
import { deliver, messageOfBytes, receiveError, receiveToInbox } from './receive';
import { type Selection, selects } from './selector';
import { stagePayload } from './send';
import { returnMessage } from './undelivered';

const COPY = MSG_COPY | IPC_NOWAIT;
const LOWEST_TYPE = 1;

/**
 * Copies the message at a position into the inbox and returns its length; undefined when the queue has fewer messages.
 */
function copyAt(id: number, index: number): number | undefined {
  const result = receiveToInbox(id, index, COPY, undefined, WAIT_FOREVER);
  if (result >= 0) return result;
  trimInbox();
  if (result === errno.ENOMSG) return undefined;
  throw errorFromErrno('msgrcv', result, { queueId: id, flags: COPY });
}

/** Copies the message at a position, counted from 0. The message stays. */
export function peekMessage<T>(id: number, index: number, codec: Codec<T>): Message<T> | undefined {
  const length = copyAt(id, index);
  return length === undefined ? undefined : deliver(id, length, undefined, codec);
}

/**
 * Copies the message that a receive would take. MSG_COPY takes positions only, so this checks each message, and the
 * kernel walks to each from the front.
 */
export function peekSelected<T>(id: number, selection: Selection, codec: Codec<T>): Message<T> | undefined {
  const wantsLowest = selection.type < 0;
  let found: { type: number | bigint; bytes: Buffer } | undefined;
  for (let index = 0; ; index++) {
    const length = copyAt(id, index);
    if (length === undefined) break;
    const type = receivedType();
    if (!selects(selection, type) || (found !== undefined && type >= found.type)) continue;
    found = { type, bytes: arrivedBytes(length) };
    if (!wantsLowest || type === LOWEST_TYPE) break;
  }
  if (found === undefined) return undefined;
  const { maxLength, truncate } = selection;
  const truncated = maxLength !== undefined && found.bytes.length > maxLength;
  if (truncated && !truncate) throw receiveError(id, errno.E2BIG, selection);
  const bytes = truncated ? found.bytes.subarray(0, maxLength) : found.bytes;
  return messageOfBytes(id, found.type, bytes, truncated, codec);
}

/**
 * Whether a receive would find a message. A msgrcv of 0 bytes answers that. It takes only an empty message, because
 * that fits. The message goes back at once if it was alone in the queue; otherwise the next receive of this process
 * gets it.
 */
export function isMessageThere(id: number, selection: Selection): boolean {
  if (ensureInboxRoom() < 0) throw receiveError(id, errno.ENOMEM, selection);
  if (selection.type === 0) {
    const seen = msgrcv(id, 0, 0, COPY, WAIT_FOREVER);
    if (seen >= 0 || seen === errno.E2BIG) return true;
    // Otherwise this kernel has no MSG_COPY, or the queue is empty and this process holds a matching message that it
    // took.
  }
  const result = msgrcv(id, 0, selection.type, selection.flags | IPC_NOWAIT, WAIT_FOREVER);
  if (result === errno.E2BIG) return true;
  if (result === errno.ENOMSG) return false;
  if (result < 0) throw receiveError(id, result, selection);
  returnEmpty(id, receivedType());
  return true;
}

function returnEmpty(id: number, type: number | bigint): void {
  if (statusOf(id)?.msg_qnum === 0) {
    const length = stagePayload(id, type, '');
    if (msgsnd(id, type, length, IPC_NOWAIT, WAIT_FOREVER) >= 0) return;
  }
  returnMessage(id, type, Buffer.alloc(0));
}
