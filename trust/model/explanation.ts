/**
 * Whether what was seen of a queue can be explained by the model.
 *
 * Messages that wait for room, receives that wait for a message and the kernel's queue come together in an order that
 * nobody sees: a thread sends while the event loop receives. So the model is asked whether there is an order of its own
 * steps that gives all that was seen, and after which nothing more can happen.
 */

import type { Select } from '../../types/queue';
import {
  delivered,
  firstMatch,
  fits,
  isTooLarge,
  isTooLong,
  type ModelQueue,
  type ReceivedMessage,
  usedBytes,
  withMessage,
  without,
} from './queue-model';

/** What a call came to: the messages that it was given, or the code of its error; 'none' of a try that found nothing. */
export type Outcome = { messages: ReceivedMessage[] } | { failed: string } | 'none';

/** A call that takes messages. Without an outcome it waits. */
export interface SeenReceive {
  readonly select: Select;
  /** The most messages that it takes. */
  readonly max: number;
  /** It may have been handed an empty message by the wait, and then looks no further. */
  readonly waits: boolean;
  /** It has been aborted, and may have been too late for it. */
  aborted: boolean;
  outcome: Outcome | undefined;
}

/** A call that sends, some of whose messages had to wait. Without an outcome it waits. */
export interface SeenSend {
  readonly group: number;
  /** The code it has to fail with, having been given up. */
  givenUp: string | undefined;
  /** 'sent', or the code of its error. */
  outcome: string | undefined;
}

export interface Seen {
  readonly receives: readonly SeenReceive[];
  readonly sends: readonly SeenSend[];
  /** What msgctl(IPC_STAT) says. */
  readonly messageCount: number;
  readonly usedBytes: number;
}

interface Step {
  queue: ModelQueue;
  /** Receives with an outcome that the steps so far have not given, and how many messages they have been given. */
  open: readonly { receive: SeenReceive; given: number }[];
  refused: readonly number[];
}

/** The queue after everything that was seen, or undefined when the model cannot come to it. */
export function explain(queue: ModelQueue, seen: Seen): ModelQueue | undefined {
  const open = seen.receives.filter(({ outcome }) => outcome !== undefined).map((receive) => ({ receive, given: 0 }));
  return search({ queue, open, refused: [] }, seen);
}

function search(step: Step, seen: Seen): ModelQueue | undefined {
  if (isEnd(step, seen)) return step.queue;
  for (const next of nextSteps(step)) {
    const end = search(next, seen);
    if (end !== undefined) return end;
  }
  return undefined;
}

function isEnd({ queue, open, refused }: Step, seen: Seen): boolean {
  if (open.length > 0 || queue.messages.length !== seen.messageCount || usedBytes(queue) !== seen.usedBytes)
    return false;
  const [head] = queue.line;
  if (head !== undefined && (fits(queue, head) || isTooLarge(queue, head))) return false;
  if (seen.receives.some((receive) => receive.outcome === undefined && mustEnd(queue, receive))) return false;
  return seen.sends.every((send) => send.outcome === expectedOutcome(queue, send, refused));
}

function mustEnd(queue: ModelQueue, { select, aborted }: SeenReceive): boolean {
  return aborted || firstMatch(queue, select) !== undefined;
}

function expectedOutcome({ line }: ModelQueue, { group, givenUp }: SeenSend, refused: readonly number[]) {
  if (givenUp !== undefined) return givenUp;
  if (refused.includes(group)) return 'EINVAL';
  return line.some((message) => message.group === group) ? undefined : 'sent';
}

function nextSteps(step: Step): Step[] {
  const steps = step.open.flatMap((_, index) => nextOfReceive(step, index));
  const [head] = step.queue.line;
  if (head !== undefined) steps.push(...nextOfLine(step, head));
  return steps;
}

function nextOfLine(step: Step, head: ModelQueue['line'][number]): Step[] {
  const { queue } = step;
  if (isTooLarge(queue, head)) {
    const line = queue.line.filter(({ group }) => group !== head.group);
    return [{ ...step, queue: { ...queue, line }, refused: [...step.refused, head.group] }];
  }
  if (!fits(queue, head)) return [];
  return [{ ...step, queue: { ...withMessage(queue, head), line: queue.line.slice(1) } }];
}

function nextOfReceive(step: Step, index: number): Step[] {
  const { receive, given } = step.open[index] as Step['open'][number];
  const { outcome, select } = receive;
  const others = step.open.filter((_, other) => other !== index);
  const match = firstMatch(step.queue, select);
  if (outcome === 'none') return match === undefined ? [{ ...step, open: others }] : [];
  if (outcome === undefined) return [];
  if ('failed' in outcome)
    return failureIsRight(receive, match !== undefined && isTooLong(match, select)) ? [{ ...step, open: others }] : [];
  const { messages } = outcome;
  if (given === messages.length)
    return hasEnough(receive, messages, match === undefined || isTooLong(match, select))
      ? [{ ...step, open: others }]
      : [];
  if (match === undefined || isTooLong(match, select)) return [];
  if (!isSame(delivered(match, select), messages[given] as ReceivedMessage)) return [];
  const open = [...others, { receive, given: given + 1 }];
  return [{ ...step, queue: without(step.queue, match), open }];
}

function failureIsRight({ outcome, aborted }: SeenReceive, tooLong: boolean): boolean {
  const { failed } = outcome as { failed: string };
  return (failed === 'E2BIG' && tooLong) || (failed === 'ABORT_ERR' && aborted);
}

// A call for many takes what there is.
function hasEnough({ max, waits }: SeenReceive, messages: readonly ReceivedMessage[], nothingMore: boolean): boolean {
  if (messages.length === 0 || messages.length > max) return false;
  return messages.length === max || nothingMore || (waits && messages.length === 1 && messages[0]?.text === '');
}

function isSame(one: ReceivedMessage, other: ReceivedMessage): boolean {
  return one.type === other.type && one.text === other.text && one.truncated === other.truncated;
}
