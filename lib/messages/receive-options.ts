/** Checks the options of a receive once, and returns a plan. */

import { invalidType } from '../core/argument-errors';
import { checkOptions, type OptionNames, optionNames } from '../core/options';
import { checkBoolean, checkFunction, checkInteger, checkSignal, checkTimeout } from '../core/validators';
import type { OnDecodeError, OnUndecodable } from './on-decode-error';
import { anyMessage, type ReceiveInto, type Select, type Selection, selectionOf } from './selector';
import { type WaitOptions, waitNames } from './wait-options';

/** Options of `tryReceive`. */
export type TryReceiveOptions = Select & ReceiveInto;

/** Whether `receiveSync` waits, and how long. */
export interface ReceiveSyncWait {
  /** Throw NoMessageError instead of waiting for a message (IPC_NOWAIT). */
  nowait?: boolean | undefined;
  /** Give up after this many milliseconds: TimeoutError. Default: never. */
  timeout?: number | undefined;
}

/** Options of `receiveSync`. */
export type ReceiveSyncOptions = TryReceiveOptions & ReceiveSyncWait;

/** Options of `waitForMessage`. */
export type WaitForMessageOptions = Select & WaitOptions;

/** Options of `receive`. */
export type ReceiveOptions = ReceiveSyncOptions & WaitOptions;

/** Which messages to take, and how many at most. */
export type SelectMany<T = never> = Select &
  OnUndecodable<T> & {
    /** The most messages to take. Default: 100. */
    max?: number | undefined;
  };

/** Options of `receiveMany`. */
export type ReceiveManyOptions<T = never> = SelectMany<T> & WaitOptions;

/** Options of `messages` and `readable`. */
export type MessagesOptions<T = never> = Select &
  OnUndecodable<T> & {
    /** Ends the iteration or the stream with an AbortError when this is aborted. */
    signal?: AbortSignal | undefined;
  };

/** A receive: which message it takes, and how long it waits. */
export interface ReceivePlan {
  readonly selection: Selection;
  readonly nowait: boolean;
  /** Milliseconds; undefined: no bound. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** The most messages that a call for many takes. */
  readonly max: number;
  /** The handler for messages that do not decode. The calls know the type of its value. */
  readonly onDecodeError: OnDecodeError<never> | undefined;
}

const DEFAULT_MAX = 100;
const MAX_BATCH_MESSAGES = 0x7fffffff;

const select = { type: true, except: true, upTo: true, maxLength: true, truncate: true } as const;
const knownTo = {
  tryReceive: optionNames<TryReceiveOptions>('tryReceive', { ...select, into: true }),
  peek: optionNames<Select>('peek', select),
  receiveSync: optionNames<ReceiveSyncOptions>('receiveSync', { ...select, into: true, nowait: true, timeout: true }),
  receive: optionNames<ReceiveOptions>('receive', { ...select, into: true, nowait: true, ...waitNames }, 'a promise'),
  waitForMessage: optionNames<WaitForMessageOptions>('waitForMessage', { ...select, ...waitNames }, 'a promise'),
  tryReceiveMany: optionNames<SelectMany<never>>('tryReceiveMany', { ...select, max: true, onDecodeError: true }),
  receiveMany: optionNames<ReceiveManyOptions<never>>(
    'receiveMany',
    { ...select, max: true, onDecodeError: true, ...waitNames },
    'a promise',
  ),
  messages: optionNames<MessagesOptions<never>>(
    'messages',
    { ...select, onDecodeError: true, signal: true },
    'an iterator',
  ),
  readable: optionNames<MessagesOptions<never>>(
    'readable',
    { ...select, onDecodeError: true, signal: true },
    'a stream',
  ),
} satisfies Record<string, OptionNames>;

/** The calls that receive. */
type ReceivingCall = keyof typeof knownTo;

type AnyReceiveOptions = ReceiveOptions & ReceiveManyOptions<never>;

const anyMessageEndlessly: ReceivePlan = {
  selection: anyMessage,
  nowait: false,
  timeout: undefined,
  signal: undefined,
  max: DEFAULT_MAX,
  onDecodeError: undefined,
};

// Errors name select.type and select.max, but options.timeout, like the interfaces.
/** The plan of a receive. All of the caller's values are then read and checked. */
export function checkReceiveOptions(
  options: Select | TryReceiveOptions | ReceiveOptions | ReceiveManyOptions<never> | undefined,
  call: ReceivingCall,
): ReceivePlan {
  if (options === undefined) return anyMessageEndlessly;
  const { nowait, timeout, signal, max, onDecodeError } =
    checkOptions(options as AnyReceiveOptions, knownTo[call], 'select') ?? {};
  return {
    selection: selectionOf(options),
    nowait: nowait === undefined ? false : checkBoolean(nowait, 'options.nowait'),
    timeout: timeout === undefined ? undefined : checkTimeout(timeout),
    signal: signal === undefined ? undefined : checkSignal(signal),
    max: max === undefined ? DEFAULT_MAX : checkInteger(max, 'select.max', 1, MAX_BATCH_MESSAGES),
    onDecodeError: onDecodeError === undefined ? undefined : checkOnDecodeError(onDecodeError),
  };
}

function checkOnDecodeError(onDecodeError: OnDecodeError<never>): OnDecodeError<never> {
  if ((onDecodeError as unknown) === 'skip') {
    throw invalidType('options.onDecodeError', 'of type function', onDecodeError, "Write () => 'skip'.");
  }
  return checkFunction(onDecodeError, 'options.onDecodeError');
}
