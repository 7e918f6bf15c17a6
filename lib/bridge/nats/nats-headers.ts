/**
 * The headers of published messages. The client checks each name and value letter by letter, which takes longer than
 * the rest of a publish, and its headers only have to return their bytes.
 */

import type { OutgoingMessage } from '../engine';
import { Header, transport } from './nats-client';
import type { MsgHdrs } from './nats-types';

/** As the client's headers have it, though not in their type. */
interface Encodable {
  encode?: () => Uint8Array;
}

export class OutgoingHeaders {
  /** Whether the client has asked headers for their bytes: another version of it might not. */
  #asksForBytes = false;

  of(message: OutgoingMessage): MsgHdrs {
    if (this.#asksForBytes) return new EncodedHeaders(encoded(message)) as Encodable as MsgHdrs;
    const headers = transport().headers();
    headers.set(Header.id, message.id);
    headers.set(Header.type, String(message.type));
    headers.set(Header.origin, message.origin);
    const encodable = headers as Encodable;
    const own = encodable.encode;
    if (typeof own !== 'function') return headers;
    encodable.encode = () => {
      const bytes = own.call(headers);
      this.#asksForBytes = encoded(message).equals(bytes);
      return bytes;
    };
    return headers;
  }
}

class EncodedHeaders {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  encode(): Buffer {
    return this.#bytes;
  }
}

function encoded({ id, type, origin }: OutgoingMessage): Buffer {
  return Buffer.from(
    `NATS/1.0\r\n${Header.id}: ${id}\r\n${Header.type}: ${type}\r\n${Header.origin}: ${origin}\r\n\r\n`,
  );
}
