/** How `codecs.php()` reads and writes PHP's serialization. */

/** Options of `codecs.php()`. Each says what a PHP value becomes here; all have a default. */
export interface PhpOptions {
  /**
   * What a PHP string, which is bytes, becomes. Default `'utf8'`.
   *
   * - `'utf8'`: a string. Bytes that are not UTF-8 are a DecodeError.
   * - `'latin1'`: a string with one character (U+0000 … U+00FF) for each byte, and written so, too. Reads any bytes.
   * - `'buffer'`: a Buffer. Keys of arrays are strings anyway, read as UTF-8.
   */
  strings?: 'utf8' | 'latin1' | 'buffer' | undefined;
  /**
   * What a PHP array becomes whose keys are not 0, 1, 2 … in this order. Default `'object'`.
   *
   * - `'object'`: a plain object. JavaScript lists its integer keys first.
   * - `'map'`: a Map in PHP's order, whose integer keys are numbers (bigints past 2^53).
   */
  associative?: 'object' | 'map' | undefined;
  /**
   * What a PHP integer, which has 64 bits, becomes. Default `'number'`.
   *
   * - `'number'`: a number, or a bigint past 2^53, where a number is not exact.
   * - `'bigint'`: always a bigint.
   */
  integers?: 'number' | 'bigint' | undefined;
  /**
   * What becomes of a PHP object. Default `'refuse'`.
   *
   * - `'refuse'`: a DecodeError.
   * - `'plain'`: a plain object of its properties, private and protected ones among them. No class is looked up and no
   *   code is run. Objects that write themselves (`C:`) and enums are a DecodeError.
   */
  objects?: 'refuse' | 'plain' | undefined;
  /** How deep arrays may be nested, both ways: 1 … 1000000. Default 4096, as PHP's `unserialize_max_depth`. */
  maxDepth?: number | undefined;
}
