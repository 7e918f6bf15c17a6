/** Types that are almost certainly unused. */

import { LONG_BITS } from '../core/constants';
import { lazy } from '../core/lazy';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

/** On a machine with a 64-bit long: 32-bit programs cannot even express these types. */
const RANDOM_BITS = LONG_BITS - 2n;
const FIRST_UNUSED = 2n ** RANDOM_BITS;

/** A random type of the upper half: from 2^62 to 2^63−1, or from 2^30 to 2^31−1 with a 32-bit long. */
export function randomUnusedType(): bigint {
  return FIRST_UNUSED + BigInt.asUintN(Number(RANDOM_BITS), crypto().randomBytes(8).readBigUInt64LE());
}
