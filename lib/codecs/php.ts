/** The codec of PHP's serialization. */

import type { PhpOptions } from '../../types/php';
import type { Codec } from '../../types/queue';
import { checkPhpOptions } from './php-options';
import { unserialize } from './php-reader';
import { serialize } from './php-writer';

export function phpCodec(options?: PhpOptions): Codec<unknown> {
  const checked = checkPhpOptions(options);
  return {
    encode: (value) => serialize(value, checked),
    decode: (bytes) => unserialize(bytes, checked),
  };
}
