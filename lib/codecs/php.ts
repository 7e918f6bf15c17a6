/** The codec of PHP's serialization. */

import type { Codec } from './codec';
import { checkPhpOptions, type PhpOptions } from './php-options';
import { unserialize } from './php-reader';
import { serialize } from './php-writer';

export function phpCodec(options?: PhpOptions): Codec<unknown> {
  const checked = checkPhpOptions(options);
  return {
    encode: (value) => serialize(value, checked),
    decode: (bytes) => unserialize(bytes, checked),
  };
}
