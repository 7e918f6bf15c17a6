/** The codec of a C struct. */

import { formatCount } from '../core/format';
import { checkOptions, optionNames } from '../core/options';
import { checkBoolean, checkChoice } from '../core/validators';
import type { StructCodec, StructFields, StructOptions } from './struct-fields';
import { layOut, type StructType, structTypes } from './struct-layout';
import { Misfit, thisMachine } from './struct-scalars';

const known = optionNames<StructOptions>('codecs.struct', { packed: true, integers: true, strings: true });

export function structCodec(fields: StructFields, options?: StructOptions): StructCodec<unknown> {
  const { packed, integers, strings } = checkOptions(options, known) ?? {};
  const type = layOut(
    fields,
    {
      packed: packed === undefined ? false : checkBoolean(packed, 'options.packed'),
      integers: checkChoice(integers, 'options.integers', ['bigint', 'number']),
      strings: checkChoice(strings, 'options.strings', ['utf8', 'latin1']),
      machine: thisMachine,
    },
    'fields',
  );
  const codec: StructCodec<unknown> = {
    size: type.size,
    alignment: type.alignment,
    offsets: Object.freeze({ ...type.offsets }),
    encode(value) {
      // Zeroed, so that the padding reveals nothing of this process's memory.
      const bytes = Buffer.alloc(type.size);
      named('data', () => type.write(bytes, 0, value));
      return bytes;
    },
    decode(bytes) {
      requireSize(type, bytes.length);
      return named('struct', () => type.read(bytes, 0));
    },
  };
  structTypes.set(codec, type);
  return Object.freeze(codec);
}

function named<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof Misfit ? error.toError(name) : error;
  }
}

/**
 * `struct { long mtype; … }` contains the message's fields and is aligned like a long, so `sizeof(message) -
 * sizeof(long)` may count padding at the end that the fields alone do not have.
 */
function requireSize({ size }: StructType, length: number): void {
  const { longBytes } = thisMachine;
  if (length === size || length === Math.ceil(size / longBytes) * longBytes) return;
  const counted =
    length === size + longBytes ? `: msgsnd's size must not count mtype, a long of ${longBytes} bytes` : '';
  throw new RangeError(`the struct has ${formatCount(size, 'byte')}, and the message ${length}${counted}`);
}
