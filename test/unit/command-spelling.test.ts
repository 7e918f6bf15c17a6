/** How the command writes ages, shares and JSON numbers. */

import { formatAge, formatKey, formatShare } from '../../lib/cli/output/format';
import { jsonLine } from '../../lib/cli/output/print';

it.each([
  [0, '0s ago'],
  [59_999, '59s ago'],
  [60_000, '1m ago'],
  [3_599_000, '59m ago'],
  [3_600_000, '1h ago'],
  [86_399_000, '23h ago'],
  [200_000_000, '2d ago'],
  [-5000, '0s ago'],
])('an age of %d ms is %s', (age, words) => {
  expect(formatAge(new Date(1e12 - age), 1e12)).toBe(words);
});

it('a moment that never was is never', () => {
  expect(formatAge(null)).toBe('never');
});

it.each([
  [0, '0%'],
  [0.001, '<1%'],
  [0.5, '50%'],
  [0.999, '>99%'],
  [1, '100%'],
  [1.5, '150%'],
  [Number.POSITIVE_INFINITY, '-'],
])('a share of %d is %s', (share, words) => {
  expect(formatShare(share)).toBe(words);
});

it('a negative key is written as an unsigned one', () => {
  expect(formatKey(-1)).toBe('0xffffffff');
});

it('a bigint is a number in JSON as long as that is exact, and then a string', () => {
  expect(jsonLine({ a: 5n, b: 2n ** 53n - 1n, c: 2n ** 53n })).toBe(
    '{"a":5,"b":9007199254740991,"c":"9007199254740992"}',
  );
});
