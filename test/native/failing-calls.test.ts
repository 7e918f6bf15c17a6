/** The functions over the native calls return why a call fails, and every result of those that do not. */

import { EAGAIN } from '../../lib/core/errno';
import { filesInFolder, namespaceMark, takeBatchIntoAirlock } from '../../lib/native/airlock';
import { withCalls } from '../support/other-addon';

/** The mark of a namespace whose number has these halves. */
const markOf = (low: number, high: number): string | number =>
  withCalls({ identifyNamespace: () => 0, fields: Float64Array.of(low, high) }, namespaceMark);

it('the mark of a namespace has all digits of the low half, so that two namespaces never share one', () => {
  expect(markOf(0xab, 1)).toBe('1000000ab');
  expect(markOf(0xffffffff, 0xfedcba98)).toBe('fedcba98ffffffff');
  expect(markOf(1, 0)).toBe('000000001');
});

it('a namespace without a mark is the reason why', () => {
  expect(withCalls({ identifyNamespace: () => -2 }, namespaceMark)).toBe(-2);
  expect(withCalls({ identifyNamespace: () => -1, fields: Float64Array.of(5, 5) }, namespaceMark)).toBe(-1);
});

it('a batch that cannot begin has no messages, and says why', () => {
  const take = () => takeBatchIntoAirlock(0, 1, 0, 0, 10);
  expect(withCalls({ takeBatchIntoAirlock: () => EAGAIN }, take)).toEqual({ records: 0, slot: -1, batchEnd: EAGAIN });
});

it('where the airlocks are in memory, a folder has those that the memory lists, and no others', () => {
  expect(withCalls({ listAirlocks: (folder) => [`${folder}/one`] }, () => filesInFolder('/'))).toEqual(['//one']);
  expect(withCalls({}, () => filesInFolder('/'))).toEqual([]);
  expect(filesInFolder(__dirname)).toContain('failing-calls.test.ts');
});
