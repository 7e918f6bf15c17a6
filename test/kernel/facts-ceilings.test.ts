import { readFileSync } from 'node:fs';
import { describeLimits, LimitError, setLimits } from '../../lib/index';
import { writeLimits } from '../../lib/kernel/set-limits';
import { failure } from '../support/failure';
import { type LimitFile, readLimit } from '../support/namespace';

const INT_MAX = 2 ** 31 - 1;
const extended = readFileSync('/proc/cmdline', 'latin1').split(/\s+/).includes('ipcmni_extend');
const ceilings: [limit: LimitFile, ceiling: number][] = [
  ['msgmni', extended ? 16777216 : 32768],
  ['msgmax', INT_MAX],
  ['msgmnb', INT_MAX],
];

describe.each(ceilings)('%s', (limit, ceiling) => {
  it(`takes any value from 0 to ${ceiling}`, () => {
    for (const value of [0, 1, ceiling - 1, ceiling]) {
      expect(setLimits({ [limit]: value })[limit]).toBe(value);
      expect(readLimit(limit)).toBe(value);
    }
  });

  it.each([-1, ceiling + 1, 2 ** 32, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN, 1.5])(
    'refuses %d before the kernel sees it',
    (value) => {
      const before = readLimit(limit);
      const error = failure(() => setLimits({ [limit]: value }));
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
      expect((error as RangeError).message).toContain(`an integer >= 0 and <= ${ceiling}`);
      expect(readLimit(limit)).toBe(before);
    },
  );

  it.each([-1, ceiling + 1])('has the kernel refuse %d, which is a LimitError', (value) => {
    const before = readLimit(limit);
    const error = failure(() => writeLimits([[limit, value]]));
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({
      name: 'LimitError',
      code: 'EINVAL',
      syscall: 'write',
      limit: limit.toUpperCase(),
      limitValue: before,
      requested: value,
      procPath: `/proc/sys/kernel/${limit}`,
    });
    expect(readLimit(limit)).toBe(before);
  });

  it(`says that it cannot be above ${ceiling}`, () => {
    expect(describeLimits().find(({ field }) => field === limit)?.ceiling).toBe(ceiling);
  });
});

it('limits that were written before the kernel refused a value are restored', () => {
  const error = failure(() =>
    writeLimits([
      ['msgmni', 77],
      ['msgmax', 78],
      ['msgmnb', INT_MAX + 1],
    ]),
  );
  expect(error).toBeInstanceOf(LimitError);
  expect(error).toMatchObject({ code: 'EINVAL', limit: 'MSGMNB', requested: INT_MAX + 1 });
  expect([readLimit('msgmni'), readLimit('msgmax'), readLimit('msgmnb')]).toEqual([32000, 8192, 16384]);
});
