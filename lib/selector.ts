/** Which message to take: `Select` as msgrcv's type and flags. */

import type { Select } from '../types/queue';
import { MSG_EXCEPT } from './constants';
import { checkBoolean, checkBytes, checkMessageType, checkObject, outOfRange } from './options';

/** A checked `Select`. */
export interface Selection {
  /** msgtyp. */
  type: number | bigint;
  /** MSG_EXCEPT or 0. */
  flags: number;
  maxLength: number | undefined;
  truncate: boolean;
  /** For errors: what is looked for. */
  words: string;
}

/** The oldest message, whatever its type and length. */
export const anyMessage: Selection = { type: 0, flags: 0, maxLength: undefined, truncate: false, words: 'any type' };

export function checkSelect(select: Select | undefined): Selection {
  if (select === undefined) return anyMessage;
  const { type, except, upTo, maxLength, truncate } = checkObject(select, 'select');
  const named = (type === undefined ? 0 : 1) + (except === undefined ? 0 : 1) + (upTo === undefined ? 0 : 1);
  if (named > 1) throw outOfRange('select', 'one of type, except and upTo', select);

  const selection: Selection = {
    ...anyMessage,
    maxLength: maxLength === undefined ? undefined : checkBytes(maxLength, 'select.maxLength'),
    truncate: truncate === undefined ? false : checkBoolean(truncate, 'select.truncate'),
  };
  if (selection.truncate && selection.maxLength === undefined) {
    throw outOfRange('select.maxLength', 'set when select.truncate is', maxLength);
  }
  if (type !== undefined) {
    selection.type = checkMessageType(type, 'select.type');
    selection.words = `type ${type}`;
  } else if (except !== undefined) {
    selection.type = checkMessageType(except, 'select.except');
    selection.flags = MSG_EXCEPT;
    selection.words = `any type but ${except}`;
  } else if (upTo !== undefined) {
    selection.type = -checkMessageType(upTo, 'select.upTo');
    selection.words = `a type up to ${upTo}`;
  }
  return selection;
}
