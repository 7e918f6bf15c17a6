/** codecs.php() without PHP: the bytes it writes, what it refuses, and its options. test/interop has the real PHP. */

import { runInNewContext } from 'node:vm';
import { codecs, DecodeError, MessageQueue, type PhpOptions } from '../../lib/index';
import { failureOf } from '../support/failure';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

const text = (value: unknown, options?: PhpOptions): string =>
  Buffer.from(codecs.php(options).encode(value)).toString();
const read = (bytes: string, options?: PhpOptions): unknown => codecs.php(options).decode(Buffer.from(bytes, 'latin1'));

describe('writes', () => {
  it.each<[value: unknown, bytes: string]>([
    [null, 'N;'],
    [true, 'b:1;'],
    [-7, 'i:-7;'],
    [-0, 'd:-0;'],
    [2 ** 53, 'd:9007199254740992;'],
    [2n ** 63n - 1n, 'i:9223372036854775807;'],
    [Number.NaN, 'd:NAN;'],
    [Number.POSITIVE_INFINITY, 'd:INF;'],
    [Number.NEGATIVE_INFINITY, 'd:-INF;'],
    ['é"', 's:3:"é"";'],
    [Buffer.from('ab'), 's:2:"ab";'],
    [new Uint16Array([0x6261]), 's:2:"ab";'],
    [new TextEncoder().encode('ab').buffer, 's:2:"ab";'],
    [[], 'a:0:{}'],
    [{}, 'a:0:{}'],
    [{ 5: 1, '-3': 2, '05': 3, '-0': 4 }, 'a:4:{i:5;i:1;i:-3;i:2;s:2:"05";i:3;s:2:"-0";i:4;}'],
    [
      { '9223372036854775807': 1, '-9223372036854775807': 2 },
      'a:2:{i:9223372036854775807;i:1;i:-9223372036854775807;i:2;}',
    ],
    [
      { '9223372036854775808': 1, '-9223372036854775808': 2 },
      'a:2:{s:19:"9223372036854775808";i:1;s:20:"-9223372036854775808";i:2;}',
    ],
    [{ a: undefined, b: [undefined] }, 'a:1:{s:1:"b";a:1:{i:0;N;}}'],
    [
      new Map<unknown, unknown>([
        [2n ** 62n, 1],
        ['k', null],
      ]),
      'a:2:{i:4611686018427387904;i:1;s:1:"k";N;}',
    ],
    [Object.create(null), 'a:0:{}'],
    [runInNewContext('({ a: [1], m: new Map([[1, 2]]) })'), 'a:2:{s:1:"a";a:1:{i:0;i:1;}s:1:"m";a:1:{i:1;i:2;}}'],
  ])('%p', (value, bytes) => {
    expect(text(value)).toBe(bytes);
  });

  it('a half of a surrogate pair as U+FFFD, with the length that this has', () => {
    expect(text('\ud800')).toBe('s:3:"\ufffd";');
  });

  it('one value twice, where it is there twice', () => {
    const shared = [1];
    expect(text([shared, shared])).toBe('a:2:{i:0;a:1:{i:0;i:1;}i:1;a:1:{i:0;i:1;}}');
  });

  it('bytes as they were before a getter changed them', () => {
    const bytes = Buffer.from('ab');
    const later = {
      get x() {
        return bytes.fill('z').length;
      },
    };
    expect(text([bytes, later])).toBe('a:2:{i:0;s:2:"ab";i:1;a:1:{s:1:"x";i:2;}}');
  });
});

class Point {
  x = 1;
}
const circle: unknown[] = [1];
circle.push({ again: circle });

describe('refuses to write', () => {
  it.each<[title: string, value: unknown, words: RegExp, options?: PhpOptions]>([
    ['undefined', undefined, /^The "data" argument must be null, a boolean.*Received undefined$/],
    ['a function inside', { a: [{ b: () => 1 }] }, /^The "data.a\[0\].b" property must be.*Received a function$/],
    ['a symbol', [Symbol('s')], /^The "data\[0\]" argument must be/],
    ['an object of a class', { at: new Point() }, /^The "data.at" property must be.*Received an object$/],
    ['a Date', new Date(0), /^The "data" argument must be/],
    ['a Set', new Set([1]), /^The "data" argument must be/],
    ['a circle', circle, /^The "data\[1\].again" property must be without circles/],
    [
      'an integer of more than 64 bits',
      [2n ** 63n],
      /^The value of "data\[0\]" is out of range.*Received 9223372036854775808n$/,
    ],
    ['a Map with a key that is an object', new Map([[{}, 1]]), /whose keys are strings, numbers or bigints/],
    ['a Map with a key that is a fraction', new Map([[0.5, 1]]), /whose number keys are safe integers/],
    [
      'a Map with two keys that PHP takes for one',
      new Map<unknown, number>([
        [5, 1],
        ['5', 2],
      ]),
      /PHP can tell apart/,
    ],
    ['memory that is shared', new Uint8Array(new SharedArrayBuffer(1)), /SharedArrayBuffer/],
    ['text that latin1 lacks', ['€'], /characters up to U\+00FF/, { strings: 'latin1' }],
    ['what is too deep', [[[]]], /nested at most 2 deep/, { maxDepth: 2 }],
  ])('%s', (_, value, words, ...[options]) => {
    const queue = newQueue({ codec: codecs.php(options) });
    const error = failureOf(() => queue.trySend(value));
    expect(error.message).toMatch(words);
    expect(['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE']).toContain(error['code']);
    expect(queue.stat().messageCount).toBe(0);
  });
});

describe('reads', () => {
  it.each<[bytes: string, value: unknown, options?: PhpOptions]>([
    ['i:+5;', 5],
    ['i:-0;', 0],
    ['i:9007199254740993;', 2n ** 53n + 1n],
    ['i:5;', 5n, { integers: 'bigint' }],
    ['a:1:{i:0;i:5;}', [5n], { integers: 'bigint' }],
    ['d:.5;', 0.5],
    ['d:1.0E+25;', 1e25],
    ['d:NAN;', Number.NaN],
    ['d:INF;', Number.POSITIVE_INFINITY],
    ['d:-INF;', Number.NEGATIVE_INFINITY],
    ['a:2:{i:1;N;i:0;N;}', { 0: null, 1: null }],
    [
      'a:2:{i:1;N;i:0;N;}',
      new Map([
        [1, null],
        [0, null],
      ]),
      { associative: 'map' },
    ],
    ['a:1:{s:1:"0";N;}', [null]],
    ['a:2:{s:1:"a";i:1;s:1:"a";i:2;}', { a: 2 }],
    ['s:2:"\xff\xfe";', '\xff\xfe', { strings: 'latin1' }],
    ['s:2:"\xff\xfe";', Buffer.from([0xff, 0xfe]), { strings: 'buffer' }],
    ['O:3:"Foo":1:{s:6:"\0Foo\0a";i:1;}', { a: 1 }, { objects: 'plain' }],
    ['a:2:{i:0;O:3:"Foo":0:{}i:1;r:2;}', [{}, {}], { objects: 'plain' }],
  ])('%p', (bytes, value, ...[options]) => {
    expect(read(bytes, options)).toEqual(value);
  });

  it('__proto__ as a property like any other', () => {
    const object = read('a:1:{s:9:"__proto__";a:1:{s:8:"polluted";b:1;}}') as object;
    expect(Object.keys(object)).toEqual(['__proto__']);
    expect(object).not.toHaveProperty('polluted');
  });

  it('a Buffer that shares no memory with the message', () => {
    const bytes = Buffer.from('s:1:"a";');
    const value = codecs.php<Buffer>({ strings: 'buffer' }).decode(bytes);
    bytes.fill('z');
    expect(value.toString()).toBe('a');
  });

  itSlow('a message that is all nesting, however deep', () => {
    const depth = 300_000;
    const bytes = `${'a:1:{i:0;'.repeat(depth)}N;${'}'.repeat(depth)}`;
    expect(read(bytes, { maxDepth: depth })).toHaveLength(1);
    expect(() => read(bytes)).toThrow('arrays are nested deeper than 4096 (maxDepth)');
  });
});

describe('a message that is not right is a DecodeError that has it whole', () => {
  it.each<[title: string, bytes: string, words: RegExp, options?: PhpOptions]>([
    ['nothing', '', /at byte 0 of 0: no type of PHP begins here$/],
    ['plain text', 'plain', /no type of PHP begins here$/],
    ['an unknown type', 'x:1;', /at byte 0 of 4: no type/],
    ['an escaped string', 'S:1:"a";', /no type/],
    ['cut short', 's:5:"hel', /this is not a length, or longer than the message$/],
    ['a length that is too short', 's:4:"hello";', /at byte 9 of 12: """ is missing$/],
    ['a length that is no number', 's:x:"a";', /not a length/],
    ['more after it', 'i:1;i:2;', /at byte 4 of 8: the value ends here, but the message does not$/],
    ['a NUL after it, as C programs send', 'i:1;\0', /the value ends here/],
    ['more values than there are', 'a:2:{i:0;N;}', /a key must be an integer or a string$/],
    ['fewer values than there are', 'a:0:{i:0;N;}', /"}" is missing$/],
    ['a count that no message has', 'a:4294967295:{}', /longer than the message$/],
    ['a key that is a float', 'a:1:{d:0;N;}', /a key must be/],
    ['an integer that is none', 'i:1x;', /not an integer of 64 bits$/],
    ['an integer of more than 64 bits', 'i:9223372036854775808;', /not an integer of 64 bits$/],
    ['a number without an end', `i:${'1'.repeat(8000)};`, /";" is missing$/],
    ['a float that is none', 'd:1e;', /not a float$/],
    ['a float behind something else', 'd:x1;', /not a float$/],
    ['a float before something else', 'd:1x;', /not a float$/],
    ['a boolean that is none', 'b:2;', /a boolean must be 0 or 1$/],
    ['text that is not UTF-8', 's:1:"\xff";', /the string at byte 5 is not UTF-8/],
    ['a key that is not UTF-8', 'a:1:{s:1:"\xff";N;}', /is not UTF-8/, { strings: 'buffer' }],
    ['a reference to nothing', 'a:1:{i:0;R:9;}', /at byte 9 of 14: a reference to a value that is not there$/],
    ['a reference to number 0', 'a:1:{i:0;R:0;}', /not there$/],
    ['a reference to itself', 'a:1:{i:0;R:1;}', /to a value around it/],
    ['an object', 'O:8:"stdClass":0:{}', /an object of the class "stdClass" at byte 0: the codec refuses objects$/],
    ['an object that writes itself', 'C:1:"X":0:{}', /these are not read$/, { objects: 'plain' }],
    ['an enum', 'E:3:"A:B";', /these are not read$/],
    [
      'a private property beside a public one',
      'O:1:"X":2:{s:1:"a";N;s:4:"\0X\0a";N;}',
      /same name/,
      { objects: 'plain' },
    ],
  ])('%s', (_, bytes, words, ...[options]) => {
    const plain = newQueue();
    plain.sendSync(Buffer.from(bytes, 'latin1'), { type: 3 });
    const error = failureOf(() => MessageQueue.attach(plain.id, { codec: codecs.php(options) }).tryReceive());
    expect(error).toBeInstanceOf(DecodeError);
    expect(error.message).toMatch(words);
    expect((error['raw'] as Buffer).toString('latin1')).toBe(bytes);
  });
});

it.each<[options: object, words: string]>([
  [
    { strings: 'utf16' },
    `The value of "options.strings" is out of range. It must be one of 'utf8', 'latin1', 'buffer'. Received 'utf16'`,
  ],
  [{ strings: 1 }, 'The "options.strings" property must be of type string. Received type number (1)'],
  [
    { associative: 'array' },
    `The value of "options.associative" is out of range. It must be one of 'object', 'map'. Received 'array'`,
  ],
  [
    { integers: null },
    'The "options.integers" property must be of type string. Received null. Leave it out, or pass undefined.',
  ],
  [
    { objects: 'class' },
    `The value of "options.objects" is out of range. It must be one of 'refuse', 'plain'. Received 'class'`,
  ],
  [
    { maxDepth: 0 },
    'The value of "options.maxDepth" is out of range. It must be an integer >= 1 and <= 1000000. Received 0',
  ],
  [[], 'The "options" argument must be of type object. Received an array'],
])('codecs.php refuses the options %p', (options, words) => {
  expect(failureOf(() => codecs.php(options)).message).toBe(words);
});
