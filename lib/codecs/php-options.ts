/** The options of codecs.php(), checked. */

import type { PhpOptions } from '../../types/php';
import { checkOptions, optionNames } from '../core/options';
import { checkChoice, checkInteger } from '../core/validators';

/** PHP's own unserialize_max_depth. */
const DEFAULT_MAX_DEPTH = 4096;
const GREATEST_MAX_DEPTH = 1_000_000;

export type ReadPhp = { [Name in keyof PhpOptions]-?: Exclude<PhpOptions[Name], undefined> };

const known = optionNames<PhpOptions>('codecs.php', {
  strings: true,
  associative: true,
  integers: true,
  objects: true,
  maxDepth: true,
});

export function checkPhpOptions(options?: PhpOptions): ReadPhp {
  const { strings, associative, integers, objects, maxDepth } = checkOptions(options, known) ?? {};
  return {
    strings: checkChoice(strings, 'options.strings', ['utf8', 'latin1', 'buffer']),
    associative: checkChoice(associative, 'options.associative', ['object', 'map']),
    integers: checkChoice(integers, 'options.integers', ['number', 'bigint']),
    objects: checkChoice(objects, 'options.objects', ['refuse', 'plain']),
    maxDepth:
      maxDepth === undefined ? DEFAULT_MAX_DEPTH : checkInteger(maxDepth, 'options.maxDepth', 1, GREATEST_MAX_DEPTH),
  };
}
