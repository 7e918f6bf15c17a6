/** Converts `Select` to msgrcv's type and flags. */

import { outOfRange } from '../core/argument-errors';
import { INT_MAX, IPC_NOWAIT, MSG_COPY, MSG_EXCEPT, MSG_NOERROR } from '../core/constants';
import { checkInto, roomIn } from '../core/memory-validators';
import { checkBoolean, checkBytes, checkMessageType } from '../core/validators';

/** The oldest message of one type, or, without `type`, of any type. */
export interface SelectType {
  /** The oldest message of this type, 1 … 2^63−1. */
  type?: number | bigint | undefined;
  /** Not together with `type`. */
  except?: undefined;
  /** Not together with `type`. */
  upTo?: undefined;
}

/** The oldest message of any type but one. */
export interface SelectExcept {
  /** The oldest message of any other type (MSG_EXCEPT). */
  except?: number | bigint | undefined;
  /** Not together with `except`. */
  type?: undefined;
  /** Not together with `except`. */
  upTo?: undefined;
}

/** The oldest message of the lowest type. */
export interface SelectUpTo {
  /** The oldest message of the lowest type that is not above this. */
  upTo?: number | bigint | undefined;
  /** Not together with `upTo`. */
  type?: undefined;
  /** Not together with `upTo`. */
  except?: undefined;
}

/** How much of a message to take. */
export interface SelectLength {
  /** The most bytes to take. A longer message is a BufferTooSmallError and stays, unless `truncate` is set. */
  maxLength?: number | undefined;
  /**
   * Truncate a longer message at `maxLength`; the rest is lost, and the message's `truncated` is true (MSG_NOERROR).
   */
  truncate?: boolean | undefined;
}

/** Which message to take: one of `type`, `except` and `upTo`; with none of them the oldest. */
export type Select = SelectLength & (SelectType | SelectExcept | SelectUpTo);

/** The destination of a message's bytes. */
export interface ReceiveInto {
  /**
   * The bytes are written here, from the start, and need no new memory. `data` is a Buffer over them, or the value that
   * the codec decodes from it. A message that does not fit is a BufferTooSmallError and stays in the queue, unless
   * `truncate` is set.
   */
  into?: Uint8Array | undefined;
}

/** A checked `Select`. */
export interface Selection {
  /** msgtyp. */
  type: number | bigint;
  /** MSG_EXCEPT or 0. */
  flags: number;
  maxLength: number | undefined;
  truncate: boolean;
  /** The destination of the bytes. Its room is checked when a message is taken. */
  into: Uint8Array | undefined;
  /** Whether `maxLength` is the room in `into`. */
  limitedByInto: boolean;
  /**
   * The flags of a receive that takes an available message, and the most bytes that it takes; undefined: the whole
   * message.
   */
  takeFlags: number;
  most: number | undefined;
}

/** The oldest message of any type and length. */
export const anyMessage: Selection = {
  type: 0,
  flags: 0,
  maxLength: undefined,
  truncate: false,
  into: undefined,
  limitedByInto: false,
  takeFlags: IPC_NOWAIT,
  most: undefined,
};

// msgrcv's msgtyp expresses all three by its sign and a flag.
function typeHint(type: number | bigint): string | undefined {
  if (type < 0)
    return `Write { upTo: ${-type} } for the lowest type up to ${-type}, which is msgtyp ${type} of msgrcv.`;
  return Number(type) === 0 ? 'Leave the type out to take a message of any type.' : undefined;
}

function upToHint(type: number | bigint): string | undefined {
  return type < 0 ? `Write { upTo: ${-type} }, without the sign.` : undefined;
}

/** The Selection for options with checked names. */
export function selectionOf(select: Select & ReceiveInto): Selection {
  const { type, except, upTo, maxLength, truncate, into } = select;
  const named = (type === undefined ? 0 : 1) + (except === undefined ? 0 : 1) + (upTo === undefined ? 0 : 1);
  if (named > 1) throw outOfRange('select', 'one of type, except and upTo', select);

  const cuts = truncate === undefined ? false : checkBoolean(truncate, 'select.truncate');
  const longest = maxLength === undefined ? undefined : checkBytes(maxLength, 'select.maxLength');
  if (cuts && longest === undefined && into === undefined) {
    throw outOfRange('select.maxLength', 'set when select.truncate is', maxLength);
  }
  const flags = except === undefined ? 0 : MSG_EXCEPT;
  return {
    type: selectorOf(type, except, upTo),
    flags,
    maxLength: longest,
    truncate: cuts,
    into: into === undefined ? undefined : checkInto(into, 'select.into'),
    limitedByInto: false,
    takeFlags: flags | IPC_NOWAIT | (cuts ? MSG_NOERROR : 0),
    most: mostOf(longest, cuts),
  };
}

function selectorOf(type: TypeOption, except: TypeOption, upTo: TypeOption): number | bigint {
  if (type !== undefined) return checkMessageType(type, 'select.type', typeHint);
  if (except !== undefined) return checkMessageType(except, 'select.except');
  return upTo === undefined ? 0 : -checkMessageType(upTo, 'select.upTo', upToHint);
}

type TypeOption = number | bigint | undefined;

/** msgrcv's selector in words, for errors. */
export function selectorWords(type: number | bigint, flags: number): string {
  if ((flags & MSG_COPY) !== 0) return `position ${type}`;
  if (type > 0) return (flags & MSG_EXCEPT) === 0 ? `type ${type}` : `any type but ${type}`;
  return type < 0 ? `a type up to ${-type}` : 'any type';
}

// One extra byte detects a longer message: the kernel does not report that it has truncated one.
function mostOf(maxLength: number | undefined, truncate: boolean): number | undefined {
  return truncate && maxLength !== undefined ? Math.min(maxLength + 1, INT_MAX) : maxLength;
}

/** What an error says of the selection. */
export function selectionContext({ type, flags }: Selection): { selector: string; flags: number } {
  return { selector: selectorWords(type, flags), flags };
}

/** The selection of a message that fits into `into` now. Its memory may have changed since the call. */
export function withRoomNow(selection: Selection, into: Uint8Array): Selection {
  const { type, flags, truncate, takeFlags } = selection;
  const room = roomIn(into, 'select.into');
  const limitedByInto = room <= (selection.maxLength ?? INT_MAX);
  const maxLength = limitedByInto ? room : selection.maxLength;
  return { type, flags, maxLength, truncate, into, limitedByInto, takeFlags, most: mostOf(maxLength, truncate) };
}

/** Whether msgrcv takes a message of this type: the kernel's own test (ipc/msg.c, testmsg). */
export function selects({ type: wanted, flags }: Selection, type: number | bigint): boolean {
  if (wanted < 0) return type <= -wanted;
  const isSame = type === wanted || BigInt(type) === BigInt(wanted);
  return Number(wanted) === 0 || isSame !== ((flags & MSG_EXCEPT) !== 0);
}
