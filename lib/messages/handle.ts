/** The parts of a queue's handle, for the classes and functions that use it. */

import { codecs } from '../codecs';
import type { Codec, Sendable } from '../codecs/codec';
import { type DecodeError, QueueClosedError } from '../core/errors';
import { rememberQueue } from '../core/known-queues';
import { checkPayload } from '../core/memory-validators';
import { Message } from '../core/message';
import type { HandleOptions } from './handle-options';
import { HandleWaits } from './handle-waits';
import { reportAtExit } from './undelivered';

/** The parts that do not depend on the type of the messages. */
export interface AnyHandle extends Readonly<Omit<HandleOptions<unknown>, 'codec'>> {
  readonly id: number;
  readonly key: number;
  readonly waits: HandleWaits;
  closed: boolean;
  /** The number of messages that wait for room. */
  pendingSends: number;
  /** The error of messages that a call for many has taken and that did not decode; the next call throws it. */
  undecoded: DecodeError | undefined;
}

export interface Handle<T> extends AnyHandle {
  readonly codec: Codec<T>;
}

export function makeHandle<T>(id: number, key: number, options: HandleOptions<T>): Handle<T> {
  // Workers of this process may take messages that only the end of the process can report.
  reportAtExit();
  rememberQueue(id, key);
  return { ...options, id, key, waits: new HandleWaits(), closed: false, pendingSends: 0, undecoded: undefined };
}

/** The id; a QueueClosedError when the handle is closed. Read it when no more of a caller's code runs. */
export function openId(handle: AnyHandle): number {
  if (handle.closed) throw new QueueClosedError(handle.id);
  return handle.id;
}

/** The bytes or text of a value. A caller's codec runs here. */
export function encode<T>(
  { codec }: Pick<Handle<T>, 'codec'>,
  data: Sendable<T>,
  type: number | bigint,
): string | Uint8Array {
  if ((codec as Codec<unknown>) === codecs.buffer) return checkPayload(data, 'data', hintFor(data));
  const name = (codec as Codec<unknown>) === codecs.utf8 ? 'data' : 'codec.encode(data)';
  return checkPayload(codec.encode(data as T, type), name);
}

// Without a codec a message is bytes. Data that is text or bytes is not refused, so its hint is never shown.
function hintFor(data: unknown): string | undefined {
  if (data === undefined) return undefined;
  if (data instanceof Message) return 'Send its data: message.data.';
  return 'Values need a codec: open the queue with { codec: codecs.json() }.';
}
