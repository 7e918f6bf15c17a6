import { bar, cell, harmless, short, signed, sparkline } from '../../lib/cli/top/drawing';

it.each([
  [0, '    '],
  [0.0001, '▏   '],
  [0.25, '█   '],
  [0.5625, '██▎ '],
  [0.999, '███▉'],
  [1, '████'],
  [7, '████'],
  [-1, '    '],
])('a bar of 4 cells filled to %d', (ratio, drawn) => {
  expect(bar(ratio, 4)).toBe(drawn);
});

it.each([
  [[], '    '],
  [[0, 0], '  ▁▁'],
  [[1], '   █'],
  [[0, 1, 2, 4], '▁▃▅█'],
  [[9, 0, 1, 2, 4], '▁▃▅█'],
  [[0, 1, 1000, 0], '▁▂█▁'],
])('the sparkline of %j in 4 cells', (values, drawn) => {
  expect(sparkline(values, 4)).toBe(drawn);
});

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1.0K'],
  [9949, '9.9K'],
  [9951, '10K'],
  [999_499, '999K'],
  [999_999, '1.0M'],
  [2 ** 31, '2.1G'],
  [-1500, '-1.5K'],
])('%d is short as %s', (value, text) => {
  expect(short(value)).toBe(text);
});

it('the drawing of top counts bytes in 1024s', () => {
  expect([1023, 1024, 16384, 1024 ** 2 - 1].map((bytes) => short(bytes, 1024))).toEqual([
    '1023',
    '1.0K',
    '16K',
    '1.0M',
  ]);
});

it.each([
  [0, '0'],
  [3, '+3'],
  [-0.25, '-0.3'],
  [0.01, '0'],
  [9.99, '+10'],
  [-0.01, '0'],
  [-12_345, '-12K'],
])('the rate %d is %s', (rate, text) => {
  expect(signed(rate)).toBe(text);
});

it('the drawing of top cuts and fills text to cells', () => {
  expect([cell('abc', 5), cell('abc', 5, 'right'), cell('abcdef', 5), cell('abc', 0)]).toEqual([
    'abc  ',
    '  abc',
    'abcd…',
    '',
  ]);
});

it('the drawing of top leaves nothing in a text that a terminal obeys, or that hides or reorders text', () => {
  expect(harmless('a\u001b[31m\n\u009b\u0000\u200b\u202e\ud800é日')).toBe('a·[31m······é日');
});
