/** Checks the options of a send, once, into a plan. */

import type {
  MessageToSend,
  SendAsyncOptions,
  SendOptions,
  SendSyncOptions,
  WaitOptions,
  WritableQueueOptions,
} from '../../types/queue';
import { exactType, Message } from '../core/message';
import { checkOptions, checkProperties, type OptionNames, optionNames } from '../core/options';
import { checkMessageType, checkNowait, checkSignal, checkTimeout } from '../core/validators';
import type { AnyHandle } from './handle';

/** What a send does: the message's type, and how long it waits for room. */
export interface SendPlan {
  readonly type: number | bigint;
  readonly nowait: boolean;
  /** Milliseconds; undefined: as long as it takes. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

const waits = { timeout: true, signal: true } as const;

const knownTo = {
  trySend: optionNames<SendOptions>('trySend', { type: true }),
  sendSync: optionNames<SendSyncOptions>('sendSync', { type: true, nowait: true, timeout: true }),
  send: optionNames<SendAsyncOptions>('send', { type: true, nowait: true, ...waits }, 'a promise'),
  sendMany: optionNames<WaitOptions>('sendMany', waits, 'a promise'),
  writable: optionNames<WritableQueueOptions>('writable', { type: true, signal: true }, 'a stream'),
} satisfies Record<string, OptionNames>;

/** The calls that send. */
export type SendingCall = keyof typeof knownTo;

/** The plan of a send. Everything that the caller gave has been read and checked then, but for the data. */
export function checkSendOptions(
  { type: byDefault }: Pick<AnyHandle, 'type'>,
  options: SendAsyncOptions | undefined,
  call: SendingCall,
): SendPlan {
  if (options === undefined) return { type: byDefault, nowait: false, timeout: undefined, signal: undefined };
  const { type, nowait, timeout, signal } = checkOptions(options, knownTo[call]) as SendAsyncOptions;
  return {
    type: type === undefined ? byDefault : checkMessageType(type, 'options.type', sendTypeHint),
    nowait: checkNowait(nowait),
    timeout: checkTimeout(timeout),
    signal: checkSignal(signal),
  };
}

function sendTypeHint(type: number | bigint): string | undefined {
  return type <= 0 ? 'Types begin at 1: msgsnd refuses others.' : undefined;
}

const messageNames = optionNames<MessageToSend<unknown>>('a message to send', { data: true, type: true });

/** The data and the type of one of many messages. One that was received is sent on with its own type. */
export function checkMessageToSend<T>(
  handle: Pick<AnyHandle, 'type'>,
  message: MessageToSend<T>,
): { data: MessageToSend<T>['data']; type: number | bigint } {
  if (message instanceof Message) return { data: message.data, type: exactType(message) };
  const { data, type } = checkProperties(message, messageNames, 'messages[…]');
  return { data, type: type === undefined ? handle.type : checkMessageType(type, 'options.type', sendTypeHint) };
}
