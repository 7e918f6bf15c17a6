/** Checks a caller's codec. */

import { invalidType } from '../core/argument-errors';
import type { Message } from '../core/message';
import type { Codec } from './codec';

export function checkCodec<T, M = Message<T>>(codec: Codec<T, M>, name = 'options.codec'): Codec<T, M> {
  if (
    typeof codec !== 'object' ||
    codec === null ||
    typeof codec.encode !== 'function' ||
    typeof codec.decode !== 'function'
  ) {
    throw invalidType(name, 'an object with the functions encode and decode', codec, hintFor(codec));
  }
  return codec;
}

function hintFor(codec: unknown): string | undefined {
  if (codec === JSON) return 'Write codecs.json().';
  if (typeof codec === 'function') return 'Pass what the function returns: codecs.json(), not codecs.json.';
  return typeof codec === 'string' ? 'Write codecs.json(), codecs.utf8 or codecs.buffer, without quotes.' : undefined;
}
