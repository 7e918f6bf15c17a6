/** The System V message type of a message from a stream. */

import type { IncomingMessage } from './engine';
import type { CheckedIn } from './routes';

/** The type of a message that no bridge has sent. */
const DEFAULT_TYPE = 1;
const MAX_TYPE = 2n ** 63n - 1n;

/** The type; undefined when the message's text is not a type. */
export function incomingType(
  from: CheckedIn['type'],
  message: Pick<IncomingMessage, 'type' | 'subject'>,
): number | bigint | undefined {
  if (from === 'header') return message.type === undefined ? DEFAULT_TYPE : parseType(message.type);
  if (from === 'subject') return parseType(message.subject.slice(message.subject.lastIndexOf('.') + 1));
  return from;
}

function parseType(text: string): number | bigint | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined;
  const small = Number(text);
  if (Number.isSafeInteger(small)) return small > 0 ? small : undefined;
  const type = BigInt(text);
  return type <= MAX_TYPE ? type : undefined;
}
