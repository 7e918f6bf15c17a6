/** Checks the options of a receive, once, into a plan. */

import type {
  MessagesOptions,
  OnDecodeError,
  ReceiveManyOptions,
  ReceiveOptions,
  ReceiveSyncOptions,
  Select,
  SelectMany,
  TryReceiveOptions,
  WaitForMessageOptions,
} from '../../types/queue';
import { checkOptions, type OptionNames, optionNames } from '../core/options';
import { checkFunction, checkInteger, checkNowait, checkSignal, checkTimeout } from '../core/validators';
import { anyMessage, type Selection, selectionOf } from './selector';

/** What a receive does: which message it takes, and how long it waits for it. */
export interface ReceivePlan {
  readonly selection: Selection;
  readonly nowait: boolean;
  /** Milliseconds; undefined: as long as it takes. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** The most messages that a call for many takes. */
  readonly max: number;
  /** What becomes of messages that do not decode. The calls know what type of value it gives. */
  readonly onDecodeError: OnDecodeError<never> | undefined;
}

const DEFAULT_MAX = 100;
const MAX_BATCH_MESSAGES = 0x7fffffff;

const select = { type: true, except: true, upTo: true, maxLength: true, truncate: true } as const;
const waits = { timeout: true, signal: true } as const;

const knownTo = {
  tryReceive: optionNames<TryReceiveOptions>('tryReceive', { ...select, into: true }),
  peek: optionNames<Select>('peek', select),
  receiveSync: optionNames<ReceiveSyncOptions>('receiveSync', { ...select, into: true, nowait: true, timeout: true }),
  receive: optionNames<ReceiveOptions>('receive', { ...select, into: true, nowait: true, ...waits }, 'a promise'),
  waitForMessage: optionNames<WaitForMessageOptions>('waitForMessage', { ...select, ...waits }, 'a promise'),
  tryReceiveMany: optionNames<SelectMany<never>>('tryReceiveMany', { ...select, max: true, onDecodeError: true }),
  receiveMany: optionNames<ReceiveManyOptions<never>>(
    'receiveMany',
    { ...select, max: true, onDecodeError: true, ...waits },
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
export type ReceivingCall = keyof typeof knownTo;

type AnyReceiveOptions = ReceiveOptions & ReceiveManyOptions<never>;

const anyMessageEndlessly: ReceivePlan = {
  selection: anyMessage,
  nowait: false,
  timeout: undefined,
  signal: undefined,
  max: DEFAULT_MAX,
  onDecodeError: undefined,
};

// Errors name select.type and select.max, but options.timeout, as in the interfaces.
/** The plan of a receive. Everything that the caller gave has been read and checked then. */
export function checkReceiveOptions(
  options: Select | TryReceiveOptions | ReceiveOptions | ReceiveManyOptions<never> | undefined,
  call: ReceivingCall,
): ReceivePlan {
  if (options === undefined) return anyMessageEndlessly;
  const { nowait, timeout, signal, max, onDecodeError } =
    checkOptions(options as AnyReceiveOptions, knownTo[call], 'select') ?? {};
  return {
    selection: selectionOf(options),
    nowait: checkNowait(nowait),
    timeout: checkTimeout(timeout),
    signal: checkSignal(signal),
    max: max === undefined ? DEFAULT_MAX : checkInteger(max, 'select.max', 1, MAX_BATCH_MESSAGES),
    onDecodeError: onDecodeError === undefined ? undefined : checkFunction(onDecodeError, 'options.onDecodeError'),
  };
}
