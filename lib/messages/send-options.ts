/** Checks the options of a send once, and returns a plan. */

import type { Sendable } from '../codecs/codec';
import { invalidType } from '../core/argument-errors';
import { exactType, Message } from '../core/message';
import { checkOptions, checkProperties, type OptionNames, optionNames } from '../core/options';
import { checkBoolean, checkMessageType, checkSignal, checkTimeout } from '../core/validators';
import type { AnyHandle } from './handle';
import { type WaitOptions, waitNames } from './wait-options';

/** Options of `trySend`. */
export interface SendOptions {
  /** The message's type, 1 … 2^63−1. Default: the queue's. */
  type?: number | bigint | undefined;
}

/** Options of `sendSync`. */
export interface SendSyncOptions extends SendOptions {
  /** Throw QueueFullError instead of waiting for room (IPC_NOWAIT). */
  nowait?: boolean | undefined;
  /** Give up after this many milliseconds: TimeoutError. Default: never. */
  timeout?: number | undefined;
}

/** Options of `send`. */
export interface SendAsyncOptions extends SendSyncOptions, WaitOptions {}

/** One of many messages to send. */
export interface MessageToSend<T = Buffer> {
  /** The data to send. */
  data: Sendable<T>;
  /** Its type, 1 … 2^63−1. Default: the queue's. */
  type?: number | bigint | undefined;
}

/** Options of `writable`. */
export interface WritableQueueOptions extends SendOptions {
  /** Destroys the stream with an AbortError when this is aborted. */
  signal?: AbortSignal | undefined;
}

/** A send: the message's type, and how long it waits for room. */
interface SendPlan {
  readonly type: number | bigint;
  readonly nowait: boolean;
  /** Milliseconds; undefined: no bound. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

const knownTo = {
  trySend: optionNames<SendOptions>('trySend', { type: true }),
  sendSync: optionNames<SendSyncOptions>('sendSync', { type: true, nowait: true, timeout: true }),
  send: optionNames<SendAsyncOptions>('send', { type: true, nowait: true, ...waitNames }, 'a promise'),
  sendMany: optionNames<WaitOptions>('sendMany', waitNames, 'a promise'),
  writable: optionNames<WritableQueueOptions>('writable', { type: true, signal: true }, 'a stream'),
} satisfies Record<string, OptionNames>;

/** The calls that send. */
type SendingCall = keyof typeof knownTo;

/** The plan of a send. All of the caller's values except the data are then read and checked. */
export function checkSendOptions(
  { type: byDefault }: Pick<AnyHandle, 'type'>,
  options: SendAsyncOptions | undefined,
  call: SendingCall,
): SendPlan {
  if (options === undefined) return { type: byDefault, nowait: false, timeout: undefined, signal: undefined };
  const { type, nowait, timeout, signal } = checkOptions(options, knownTo[call]) as SendAsyncOptions;
  return {
    type: type === undefined ? byDefault : checkMessageType(type, 'options.type', sendTypeHint),
    nowait: nowait === undefined ? false : checkBoolean(nowait, 'options.nowait'),
    timeout: timeout === undefined ? undefined : checkTimeout(timeout),
    signal: signal === undefined ? undefined : checkSignal(signal),
  };
}

function sendTypeHint(type: number | bigint): string | undefined {
  return type <= 0 ? 'Types begin at 1: msgsnd refuses others.' : undefined;
}

const messageNames = optionNames<MessageToSend<unknown>>('a message to send', { data: true, type: true });

/** The data and the type of one of many messages. A received message is forwarded with its own type. */
export function checkMessageToSend<T>(
  handle: Pick<AnyHandle, 'type'>,
  message: MessageToSend<T>,
): { data: MessageToSend<T>['data']; type: number | bigint } {
  if (message instanceof Message) return { data: message.data, type: exactType(message) };
  if (typeof message !== 'object' || ArrayBuffer.isView(message)) {
    throw invalidType('messages[…]', 'of type object', message, 'Write { data: … } for each message.');
  }
  const { data, type } = checkProperties(message, messageNames, 'messages[…]');
  return { data, type: type === undefined ? handle.type : checkMessageType(type, 'options.type', sendTypeHint) };
}
