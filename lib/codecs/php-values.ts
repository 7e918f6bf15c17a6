/** Shared by the reader and the writer of PHP's serialization: the range of its integers and the keys of its arrays. */

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** A key of a PHP array. A bigint only above 2^53. */
export type PhpKey = number | bigint | string;

const CANONICAL_INTEGER = /^(0|-?[1-9]\d{0,18})$/;

/**
 * Converts a key as PHP does: the string "5" becomes the integer 5, if PHP would print that integer the same way.
 * https://www.php.net/manual/en/language.types.array.php
 */
export function arrayKey(key: PhpKey): PhpKey {
  if (typeof key === 'number') return key;
  if (typeof key === 'string' && !CANONICAL_INTEGER.test(key)) return key;
  const integer = BigInt(key);
  // PHP keeps its smallest integer as a string.
  if (typeof key === 'string' && (integer <= INT64_MIN || integer > INT64_MAX)) return key;
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}
