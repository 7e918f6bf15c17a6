/**
 * Whether what was seen of a queue can be explained by the model.
 *
 * Messages that wait for room, receives that wait for a message and the kernel's queue come together in an order that
 * nobody sees: a thread sends while the event loop receives. So the model is asked whether there is an order of its own
 * steps that gives all that was seen, and after which nothing more can happen.
 */

import type { Select } from '../../lib/messages/selector';
import { DENIED } from './permissions';
import {
  delivered,
  firstMatch,
  fits,
  isDenied,
  isTooLarge,
  isTooLong,
  type ModelQueue,
  type ReceivedMessage,
  usedBytes,
  type WaitingMessage,
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
  /** The code that it must fail with, once canceled. */
  givenUp: string | undefined;
  /** 'sent', or the code of its error. */
  outcome: string | undefined;
}

interface Seen {
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
  refused: readonly { group: number; code: string }[];
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
  if (head !== undefined && (fits(queue, head) || refusalsOf(queue, head).length > 0)) return false;
  if (seen.receives.some((receive) => receive.outcome === undefined && mustEnd(queue, receive))) return false;
  return seen.sends.every((send) => send.outcome === expectedOutcome(queue, send, refused));
}

function mustEnd(queue: ModelQueue, { select, aborted }: SeenReceive): boolean {
  return aborted || !queue.rights.read || firstMatch(queue, select) !== undefined;
}

function expectedOutcome({ line }: ModelQueue, { group, givenUp }: SeenSend, refused: Step['refused']) {
  if (givenUp !== undefined) return givenUp;
  const refusal = refused.find((one) => one.group === group);
  if (refusal !== undefined) return refusal.code;
  return line.some((message) => message.group === group) ? undefined : 'sent';
}

function nextSteps(step: Step): Step[] {
  const steps = step.open.flatMap((_, index) => nextOfReceive(step, index));
  const [head] = step.queue.line;
  if (head !== undefined) steps.push(...nextOfLine(step, head));
  return steps;
}

function nextOfLine(step: Step, head: WaitingMessage): Step[] {
  const { queue } = step;
  const refusals = refusalsOf(queue, head);
  if (refusals.length > 0) return refusals.map((code) => refuse(step, head, code));
  if (!fits(queue, head)) return [];
  return [{ ...step, queue: { ...withMessage(queue, head), line: queue.line.slice(1) } }];
}

function refusalsOf(queue: ModelQueue, head: WaitingMessage): string[] {
  // The thread that waits with a message sees either first: that it is too large for the queue, or that it is refused.
  return [...(isTooLarge(queue, head) ? ['EINVAL'] : []), ...(isDenied(queue, head) ? [DENIED] : [])];
}

function refuse(step: Step, { group }: WaitingMessage, code: string): Step {
  const line = step.queue.line.filter((message) => message.group !== group);
  return { ...step, queue: { ...step.queue, line }, refused: [...step.refused, { group, code }] };
}

function nextOfReceive(step: Step, index: number): Step[] {
  const { receive, given } = step.open[index] as Step['open'][number];
  const { outcome, select } = receive;
  const others = step.open.filter((_, other) => other !== index);
  if (!step.queue.rights.read) return isRefused(receive) ? [{ ...step, open: others }] : [];
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

// A canceled receive may have been refused just before, or not.
function isRefused({ outcome, aborted }: SeenReceive): boolean {
  const failed = typeof outcome === 'object' && 'failed' in outcome ? outcome.failed : undefined;
  return failed === DENIED || (failed === 'ABORT_ERR' && aborted);
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
