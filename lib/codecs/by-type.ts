/** A codec that delegates each message to the codec of its type. */

import { invalidValue } from '../core/argument-errors';
import type { Message } from '../core/message';
import { checkObject } from '../core/validators';
import { checkCodec } from './check-codec';
import type { AnyCodec, Codec, CodecValue } from './codec';

/** Codecs by the type of message that each is for. */
export interface CodecsByType {
  /** The codec of the messages of this type. */
  readonly [type: number]: AnyCodec;
}

/** Literals, unlike a branded number, distinguish the members of a union. No message has the type 0. */
declare enum NoCodec {
  otherwise = 0,
}

/** Any type that `codecs.byType()` has no codec for, and that `otherwise` reads. A number; the compiler takes it for one literal. */
export type OtherType = NoCodec.otherwise;

/** A message whose type determines the type of its data. */
export type TypedMessage<Type extends number, Value> = Message<Value> & {
  /** The type. */
  readonly type: Type;
};

/** Refuses keys that are not types. */
export type TypesOnly<Codecs> = { [Key in keyof Codecs]: Key extends number | `${number}` ? AnyCodec : never };

/** The type of a message that a key of `codecs.byType()` is. */
export type TypeOfKey<Key> = Key extends number ? Key : Key extends `${infer Type extends number}` ? Type : never;

/** The messages of `codecs.byType()`: a union that is discriminated by `type`. */
export type MessageByType<Codecs extends CodecsByType, Otherwise = undefined> =
  | { [Key in keyof Codecs]: TypedMessage<TypeOfKey<Key>, CodecValue<Codecs[Key]>> }[keyof Codecs]
  | (Otherwise extends AnyCodec ? TypedMessage<OtherType, CodecValue<Otherwise>> : never);

/** The values of `codecs.byType()`: those of all its codecs. */
export type ValueByType<Codecs extends CodecsByType, Otherwise = undefined> =
  | CodecValue<Codecs[keyof Codecs]>
  | (Otherwise extends AnyCodec ? CodecValue<Otherwise> : never);

const MAX_TYPE = 2n ** 63n - 1n;

export function codecByType(codecs: object, otherwise?: AnyCodec): Codec<unknown> {
  const byType = new Map<string, Codec<unknown>>();
  if (codecs instanceof Map) throw invalidValue('codecs', 'is a Map. Write an object: { 1: codec, 2: codec }.');
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
