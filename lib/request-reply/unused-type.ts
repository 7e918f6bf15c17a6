/** Types that are almost certainly unused. */

import { LONG_BITS } from '../core/constants';
import { lazy } from '../core/lazy';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

/** Where a long has 64 bits: 32-bit programs have types up to 2^31−1, and nobody there can even say these. */
const RANDOM_BITS = LONG_BITS - 2n;
const FIRST_UNUSED = 2n ** RANDOM_BITS;

/** A random type of the upper half: from 2^62 to 2^63−1, or from 2^30 to 2^31−1 where a long has 32 bits. */
export function randomUnusedType(): bigint {
  return FIRST_UNUSED + BigInt.asUintN(Number(RANDOM_BITS), crypto().randomBytes(8).readBigUInt64LE());
}
