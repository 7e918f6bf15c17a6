/** Types that nobody uses, as good as certainly. */

import { lazy } from '../core/lazy';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

/** 32-bit programs have types up to 2^31−1: nobody there can even say these. */
const FIRST_UNUSED = 2n ** 62n;
const RANDOM_BITS = 62n;

/** A random type from 2^62 to 2^63−1. */
export function randomUnusedType(): bigint {
  return FIRST_UNUSED + BigInt.asUintN(Number(RANDOM_BITS), crypto().randomBytes(8).readBigUInt64LE());
}
