/** A codec that delegates each message to the codec of its type. */

import type { AnyCodec } from '../../types/codecs';
import type { Codec } from '../../types/queue';
import { checkObject, invalidValue } from '../core/validators';
import { checkCodec } from './check-codec';

const MAX_TYPE = 2n ** 63n - 1n;

export function codecByType(codecs: object, otherwise?: AnyCodec): Codec<unknown> {
  const byType = new Map<string, Codec<unknown>>();
  for (const [type, codec] of Object.entries(checkObject(codecs, 'codecs'))) {
    if (!/^[1-9]\d*$/.test(type) || BigInt(type) > MAX_TYPE) {
      throw invalidValue(`codecs.${type}`, 'is not the type of a message, which is 1 to 2^63-1');
    }
    byType.set(type, checkCodec(codec as Codec<unknown>, `codecs.${type}`));
  }
  const other = otherwise === undefined ? undefined : checkCodec(otherwise as Codec<unknown>, 'otherwise');
  if (byType.size === 0 && other === undefined) throw invalidValue('codecs', 'has no codec');
  const codecOf = (type: number | bigint | undefined): Codec<unknown> => {
    const codec = byType.get(String(type)) ?? other;
    if (codec !== undefined) return codec;
    throw invalidValue('type', `is ${type}, and codecs.byType() has ${listOf([...byType.keys()])} and no other codec`);
  };
  return {
    encode: (value, type) => codecOf(type).encode(value, type),
    decode: (bytes, type) => codecOf(type).decode(bytes, type),
  };
}

function listOf(types: string[]): string {
  const shown = types.slice(0, 10).join(', ');
  return `${types.length === 1 ? 'type' : 'types'} ${shown}${types.length > 10 ? ' and more' : ''}`;
}
