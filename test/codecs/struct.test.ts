/** codecs.struct(): values, what it refuses, and in what words. */

import { codecs, DecodeError, MessageQueue, type StructField } from '../../lib/index';
import { failureOf } from '../support/failure';
import { newQueue } from '../support/queues';

const messageOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return `${(error as Error).name} ${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return 'nothing was thrown';
};

it('values of every type come back as they were sent', () => {
  const codec = codecs.struct({
    char: 'char',
    wide: 'int64',
    size: 'size_t',
    flag: 'bool',
    float: 'float',
    name: ['char', 8],
    raw: ['byte', 3],
    rows: [['int16', 2], 2],
    pair: { x: 'uint8', y: 'uint8' },
    pairs: [{ x: 'uint8', y: 'uint8' }, 2],
  });
  const value = {
    char: 65,
    wide: -(2n ** 63n),
    size: 2n ** 63n,
    flag: true,
    float: 1.5,
    name: 'Zoë',
    raw: Buffer.from([1, 0, 255]),
    rows: [
      [1, -2],
      [3, -4],
    ],
    pair: { x: 1, y: 255 },
    pairs: [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ],
  };
  const queue = newQueue({ codec });
  queue.trySend(value);
  expect(queue.tryReceive()?.data).toEqual(value);
});

it('a text may fill its array, and ends at the first NUL', () => {
  const codec = codecs.struct({ name: ['char', 4] });
  expect(codec.encode({ name: 'four' })).toEqual(Buffer.from('four'));
  expect(codec.decode(Buffer.from('four'))).toEqual({ name: 'four' });
  expect(codec.decode(Buffer.from('ab\0x'))).toEqual({ name: 'ab' });
  expect(codec.encode({ name: '' })).toEqual(Buffer.alloc(4));
});

it('latin1 reads and writes any byte but NUL, one for each character', () => {
  const codec = codecs.struct({ name: ['char', 3] }, { strings: 'latin1' });
  expect(codec.decode(Buffer.from([0xe4, 0xff, 0]))).toEqual({ name: 'äÿ' });
  expect(codec.encode({ name: 'äÿ' })).toEqual(Buffer.from([0xe4, 0xff, 0]));
  expect(messageOf(() => codec.encode({ name: '€' }))).toContain('U+0001 to U+00FF');
});

it("with integers: 'number' 64-bit fields are numbers, also nested, and one past 2^53 is refused", () => {
  const codec = codecs.struct({ sum: 'int64', in: { sums: ['unsigned long', 2] } }, { integers: 'number' });
  const value = { sum: -(2 ** 53) + 1, in: { sums: [0, 2 ** 53 - 1] } };
  expect(codec.decode(codec.encode(value) as Buffer)).toEqual(value);
  const wide = codecs.struct({ sum: 'int64', in: { sums: ['unsigned long', 2] } });
  const bytes = wide.encode({ sum: 1n, in: { sums: [1n, 2n ** 53n] } }) as Buffer;
  expect(messageOf(() => codec.decode(bytes))).toBe(
    "RangeError undefined: struct.in.sums[1] is 9007199254740992, past 2^53: integers: 'bigint' reads it exactly",
  );
});

it('padding is sent as zeros', () => {
  expect(codecs.struct({ one: 'uint8', wide: 'uint64' }).encode({ one: 1, wide: 0n })).toEqual(
    Buffer.concat([Buffer.from([1]), Buffer.alloc(15)]),
  );
});

it('a value that a field cannot hold is refused with the name of the field', () => {
  const codec = codecs.struct({ id: 'int32', points: [{ x: 'int8' }, 2], wide: 'uint64', name: ['char', 4] });
  const good = { id: 1, points: [{ x: 1 }, { x: 2 }], wide: 1n, name: 'a' };
  const wrong: [object, string][] = [
    [
      { id: 2 ** 31 },
      'RangeError ERR_OUT_OF_RANGE: The value of "data.id" is out of range. It must be an integer >= -2147483648 and <= 2147483647. Received 2147483648',
    ],
    [{ id: 1.5 }, 'It must be an integer >= -2147483648'],
    [{ id: '1' }, 'TypeError ERR_INVALID_ARG_TYPE: The "data.id" property must be of type number'],
    [{ id: 1n }, 'The "data.id" property must be of type number'],
    [{ id: undefined }, 'Received undefined'],
    [{ id: Number.NaN }, 'Received NaN'],
    [
      { points: [{ x: 1 }, { x: 128 }] },
      '"data.points[1].x" is out of range. It must be an integer >= -128 and <= 127',
    ],
    [{ points: [{ x: 1 }] }, '"data.points.length" is out of range. It must be 2, as in C. Received 1'],
    [{ points: {} }, '"data.points" property must be an array'],
    [{ points: [1, 2] }, '"data.points[0]" property must be of type object'],
    [
      { wide: -1n },
      '"data.wide" is out of range. It must be an integer >= 0 and <= 18446744073709551615. Received -1n',
    ],
    [{ wide: 2n ** 64n }, '"data.wide" is out of range'],
    [{ wide: '1' }, '"data.wide" property must be of type bigint'],
    [{ name: 'f\u00fcnf' }, '"data.name" is out of range. It must be a text of at most 4 bytes (it has 5)'],
    [{ name: 'a\0b' }, "a text without '\\0', which is where C ends it"],
    [{ name: Buffer.from('a') }, '"data.name" property must be of type string'],
  ];
  const queue = newQueue({ codec });
  for (const [change, words] of wrong) {
    expect(messageOf(() => queue.trySend({ ...good, ...change } as never))).toContain(words);
  }
  for (const value of [null, undefined, 5, 'text']) {
    expect(messageOf(() => queue.trySend(value as never))).toContain('"data" argument must be of type object');
  }
  expect(queue.stat().messageCount).toBe(0);
  // Safe integers do for 64 bits, too, for those without types.
  expect(codec.encode({ ...good, wide: 7 as never })).toEqual(codec.encode({ ...good, wide: 7n }));
});

it('a property that is no field is refused, with the likely field, where it would be lost', () => {
  const codec = codecs.struct({ id: 'int', unit_price: 'double', from: { x: 'int', y: 'int' } });
  const value = { id: 1, unit_price: 1.5, from: { x: 1, y: 2 } };
  const refusal = (extra: object): string => messageOf(() => codec.encode({ ...value, ...extra } as never));
  const name = 'TypeError ERR_INVALID_ARG_VALUE: The property';
  expect(refusal({ unitPrice: 2 })).toBe(
    `${name} "data.unitPrice" is not a field of the struct. Did you mean "unit_price"?`,
  );
  expect(refusal({ customer: 'Ada' })).toBe(
    `${name} "data.customer" is not a field of the struct. Its fields are "id", "unit_price", "from".`,
  );
  expect(refusal({ from: { x: 1, y: 2, z: 3 } })).toContain('"data.from.z" is not a field of the struct.');
  const { unit_price: _, ...misspelt } = { ...value, unitprice: 2 };
  expect(messageOf(() => codec.encode(misspelt as never))).toContain('Did you mean "unit_price"?');
  // Inherited, symbol and non-enumerable properties are no properties of the message.
  const hidden = Object.defineProperty(Object.create({ inherited: 1 }), 'hidden', { value: 1 });
  expect(codec.encode(Object.assign(hidden, value, { [Symbol('s')]: 1 }))).toHaveLength(codec.size);
});

it('bytes of another length, and text that is not UTF-8, are refused', () => {
  const { decode } = codecs.struct({ id: 'int32', name: ['char', 4] });
  expect(messageOf(() => decode(Buffer.alloc(7)))).toContain('the struct has 8 bytes, and the message 7');
  expect(messageOf(() => decode(Buffer.alloc(0)))).toContain('the struct has 8 bytes, and the message 0');
  expect(messageOf(() => decode(Buffer.alloc(9)))).toContain('the struct has 8 bytes, and the message 9');
  expect(messageOf(() => decode(Buffer.alloc(8, 0xff)))).toContain("struct.name is not UTF-8: strings: 'latin1' reads");
});

it('pointers and other types that have no place in a struct are refused with a replacement', () => {
  const hints: [unknown, string][] = [
    ['char *', 'A pointer is an address of the process that sent it'],
    ['void*', 'A pointer is'],
    ['uintptr_t', 'A pointer is'],
    ['char[16]', "An array is ['char', 16]."],
    ['struct point', 'A nested struct is { name: type, … }'],
    ['Int', "Write 'int'."],
    ['string', "Write ['char', length]."],
    ['number', "Write 'int' or 'double'"],
    ['time_t', "Write 'long'"],
    ['enum', "Write 'int'"],
    ['long double', 'JavaScript has no such number'],
    ['int33', "Those are 'char', 'signed char'"],
    ['constructor', 'Those are'],
    ['byte', "Write 'uint8' for a number, ['byte', length] for a Buffer."],
    [5, 'property must be the name of a C type'],
    [null, 'property must be the name of a C type'],
    [[], "is not an array as ['type', length]"],
    [['int', 0], '"fields.f[1]" is out of range'],
    [['int', 1.5], '"fields.f[1]" is out of range'],
    [['int', 2 ** 30], 'an array of at most 2147483647 bytes'],
    [['int', '4'], '"fields.f[1]" property must be of type number'],
    [codecs.utf8, 'its length is unknown'],
    [{}, 'has no field'],
    [{ 1: 'int' }, 'is not a name of C'],
  ];
  for (const [field, words] of hints) {
    expect(messageOf(() => codecs.struct({ f: field as StructField }))).toContain(words);
  }
  for (const fields of [null, undefined, 5, 'int', []]) {
    expect(messageOf(() => codecs.struct(fields as never))).toContain('"fields" argument must be an object');
  }
  expect(messageOf(() => codecs.struct({ f: 'int' }, { pack: true } as never))).toContain('Did you mean "packed"?');
  expect(messageOf(() => codecs.struct({ f: 'int' }, { packed: 1 } as never))).toContain('of type boolean');
});

it('a message that is no such struct is a DecodeError with its bytes', () => {
  const bytes = newQueue();
  bytes.trySend('short');
  const queue = MessageQueue.attach(bytes.id, { codec: codecs.struct({ id: 'int64' }) });
  const error = failureOf(() => queue.tryReceive());
  expect(error).toBeInstanceOf(DecodeError);
  expect((error as unknown as DecodeError).raw.toString()).toBe('short');
});
