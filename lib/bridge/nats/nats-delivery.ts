/**
 * The position and time of a delivered message, from the subject of its acknowledgement (ADR-15 of NATS). The client's own
 * reader makes eleven strings and numbers of each, and rounds the time, which has nanoseconds, to a double.
 */

import type { JsMsg } from './nats-types';

export interface Delivery {
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
}

const START = '$JS.ACK.';
const NANOS_IN_MS = 1_000_000;
/** That many of the digits of a time in nanoseconds follow its milliseconds. */
const DIGITS_AFTER_MS = 6;
/** `$JS.ACK.stream.consumer.delivered.position.number.time.pending` */
const DOTS_OF_OLD = 8;
/** With a domain and an account before the stream, and perhaps with a token more at the end. */
const DOTS_OF_NEW = 10;

// Where the tokens end. One for all messages, as nothing runs between its writing and its reading.
const dots = new Int32Array(DOTS_OF_NEW + 1);

export function deliveryOf(message: JsMsg): Delivery {
  const { reply } = message;
  return (typeof reply === 'string' ? readDelivery(reply) : undefined) ?? asTheClientReads(message);
}

/** undefined: of another form. */
export function readDelivery(reply: string): Delivery | undefined {
  if (!reply.startsWith(START)) return undefined;
  let count = 0;
  for (let at = reply.indexOf('.'); at >= 0 && count <= DOTS_OF_NEW; at = reply.indexOf('.', at + 1))
    dots[count++] = at;
  if (count !== DOTS_OF_OLD && count < DOTS_OF_NEW) return undefined;
  const before = count === DOTS_OF_OLD ? 4 : 6;
  const position = Number(token(reply, before, 0));
  const storedAt = Number(token(reply, before + 2, DIGITS_AFTER_MS));
  return position > 0 && storedAt > 0 ? { position, storedAt } : undefined;
}

// The token behind a dot, without its last characters.
function token(reply: string, dot: number, without: number): string {
  return reply.slice((dots[dot] as number) + 1, (dots[dot + 1] as number) - without);
}

function asTheClientReads({ info }: JsMsg): Delivery {
  return { position: info.streamSequence, storedAt: Math.floor(info.timestampNanos / NANOS_IN_MS) };
}
