/** The options of codecs.php(), checked. */

import { checkOptions, optionNames } from '../core/options';
import { checkChoice, checkInteger } from '../core/validators';

/** Options of `codecs.php()`. Each selects the JavaScript value for a PHP value; all have a default. */
export interface PhpOptions {
  /**
   * The value for a PHP string, which consists of bytes. Default: `'utf8'`.
   *
   * - `'utf8'`: a string. Bytes that are not UTF-8 are a DecodeError.
   * - `'latin1'`: a string with one character (U+0000 … U+00FF) for each byte, in both directions. Reads any bytes.
   * - `'buffer'`: a Buffer. Keys of arrays are still strings, read as UTF-8.
   */
  strings?: 'utf8' | 'latin1' | 'buffer' | undefined;
  /**
   * The value for a PHP array whose keys are not 0, 1, 2 … in this order. Default: `'object'`.
   *
   * - `'object'`: a plain object. JavaScript lists its integer keys first.
   * - `'map'`: a Map in PHP's order, whose integer keys are numbers (bigints above 2^53).
   */
  associative?: 'object' | 'map' | undefined;
  /**
   * The value for a PHP integer, which has 64 bits. Default: `'number'`.
   *
   * - `'number'`: a number, or a bigint above 2^53, where a number is not exact.
   * - `'bigint'`: always a bigint.
   */
  integers?: 'number' | 'bigint' | undefined;
  /**
   * The value for a PHP object. Default: `'refuse'`.
   *
   * - `'refuse'`: a DecodeError.
   * - `'plain'`: a plain object of its properties, including private and protected ones. It looks up no class and runs
   *   no code. Objects with their own serialization (`C:`) and enums are a DecodeError.
   */
  objects?: 'refuse' | 'plain' | undefined;
  /** How deep arrays may be nested, both ways: 1 … 1000000. Default 4096, as PHP's `unserialize_max_depth`. */
  maxDepth?: number | undefined;
}

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
