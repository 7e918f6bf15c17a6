/** A failed call, as its error knows it. */

import type { ErrorDetails } from '../core/errors';
import { queueName, queueNameFirst } from '../core/known-queues';

export type Syscall = 'msgget' | 'msgsnd' | 'msgrcv' | 'msgctl';

/** The caller's details of the failed call. */
export interface CallContext {
  queueId?: number;
  key?: number;
  messageType?: number | bigint;
  /** msgflg. */
  flags?: number;
  /** msgctl's cmd. */
  command?: number;
  /** The index for MSG_STAT or MSG_STAT_ANY. */
  index?: number;
  /** The length of the message for msgsnd, in bytes. */
  length?: number;
  /** msgrcv's selector, in words. */
  selector?: string;
  /** The maximum length for msgrcv, in bytes. */
  maxLength?: number;
  /** Whether that is the room of the caller's memory (`into`). */
  limitedByInto?: boolean;
  /** The msg_qbytes for IPC_SET. */
  maxBytes?: number;
  /** Whether the queue already has this msg_qbytes: the caller wanted to change something else. */
  keepsMaxBytes?: boolean;
}

export const nameOf = ({ queueId, key }: ErrorDetails): string => queueName(queueId, key);

export const nameFirstOf = ({ queueId, key }: ErrorDetails): string => queueNameFirst(queueId, key);
