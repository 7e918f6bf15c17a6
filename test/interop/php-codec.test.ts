/** codecs.php() against the real PHP: what msg_send serializes is read, and what it writes msg_receive unserializes. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { codecs, type PhpOptions } from '../../lib/index';
import { itNeeds, program } from '../support/needs';
import { PhpSession } from '../support/php-session';
import { slow } from '../support/slow';

const php = program('php', 'php-cli');
const RUNS = { numRuns: 300 };

/** A value here and the PHP expression that means the same. */
interface Pair {
  value: unknown;
  code: string;
}

const hex = (bytes: Uint8Array): string => `"${Buffer.from(bytes).toString('hex').replaceAll(/../g, '\\x$&')}"`;
// PHP's smallest integer cannot be written as one number.
const integer = (n: number | bigint): string => (BigInt(n) === -(2n ** 63n) ? 'PHP_INT_MIN' : `(${n})`);

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('', '0', '";}', '{', 's:1:"x";', '__proto__', 'constructor', '\0*\0name', '-0', '007', '1e3'),
);
const anyInteger = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -100, max: 100 }),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n)),
  fc.constantFrom(0, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const anyFraction = fc
  .oneof(fc.double({ noNaN: true }), fc.constantFrom(0.1, -0.5, 1e25, 5e-324, Number.MAX_VALUE, -0, 1 / 3))
  .filter((n) => !Number.isSafeInteger(n) || Object.is(n, -0));

function floatCode(n: number): string {
  if (!Number.isFinite(n)) return n > 0 ? 'INF' : '-INF';
  if (Object.is(n, -0)) return '-0.0';
  return /[.e]/.test(String(n)) ? String(n) : `${n}.0`;
}

const scalar: fc.Arbitrary<Pair> = fc.oneof(
  fc.constant({ value: null, code: 'null' }),
  fc.boolean().map((value) => ({ value, code: String(value) })),
  anyInteger.map((value) => ({ value, code: integer(value) })),
  anyFraction.map((value) => ({ value, code: floatCode(value) })),
  anyText.map((value) => ({ value, code: hex(Buffer.from(value)) })),
);

const key = fc.oneof(
  fc.integer({ min: -3, max: 6 }),
  fc.maxSafeInteger(),
  anyText.filter((text) => !/^-?\d+$/.test(text)),
);
const keyCode = (k: string | number): string => (typeof k === 'number' ? integer(k) : hex(Buffer.from(k)));

type Dictionary = (entries: [string | number, Pair][]) => Pair;

// JavaScript lists an object's small integer keys first: PHP's expression is in that order, so that === holds.
const asObject: Dictionary = (entries) => {
  const object = Object.fromEntries(entries.map(([k, pair]) => [k, { k, pair }]));
  const isList = Object.keys(object).every((k, index) => k === String(index));
  const inOrder = Object.values(object);
  return {
    value: isList
      ? inOrder.map(({ pair }) => pair.value)
      : Object.fromEntries(inOrder.map(({ k, pair }) => [k, pair.value])),
    code: `[${inOrder.map(({ k, pair }) => `${keyCode(k)} => ${pair.code}`).join(', ')}]`,
  };
};

const asMap: Dictionary = (entries) => {
  const isList = entries.every(([k], index) => k === index);
  const values = entries.map(([k, pair]): [string | number, unknown] => [k, pair.value]);
  return {
    value: isList ? values.map(([, value]) => value) : new Map(values),
    code: `[${entries.map(([k, pair]) => `${keyCode(k)} => ${pair.code}`).join(', ')}]`,
  };
};

function anyPair(dictionary: Dictionary): fc.Arbitrary<Pair> {
  return fc.letrec<{ pair: Pair }>((tie) => ({
    pair: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.array(tie('pair'), { maxLength: 6 }).map((pairs) => ({
        value: pairs.map(({ value }) => value),
        code: `[${pairs.map(({ code }) => code).join(', ')}]`,
      })),
      fc.uniqueArray(fc.tuple(key, tie('pair')), { maxLength: 6, selector: ([k]) => String(k) }).map(dictionary),
    ),
  })).pair;
}

const forms: [title: string, options: PhpOptions, dictionary: Dictionary][] = [
  ['objects', {}, asObject],
  ['Maps', { associative: 'map' }, asMap],
];

describe.each(forms)('codecs.php with %s for arrays that are no lists', (_, options, dictionary) => {
  itNeeds(slow(php), 'reads what PHP sends', () => {
    const session = new PhpSession();
    fc.assert(
      fc.property(anyPair(dictionary), ({ value, code }) => {
        assert.deepStrictEqual(session.evaluate(`return ${code};`, options), value);
      }),
      RUNS,
    );
  });

  itNeeds(slow(php), 'writes what PHP takes for the same value, of the same types and in the same order', () => {
    const session = new PhpSession();
    fc.assert(
      fc.property(anyPair(dictionary), ({ value, code }) => {
        expect({ code, same: session.given(value, `return $got === ${code};`, options) }).toEqual({ code, same: true });
      }),
      RUNS,
    );
  });
});

describe.each<[strings: 'latin1' | 'buffer', of: (bytes: Uint8Array) => unknown]>([
  ['latin1', (bytes) => Buffer.from(bytes).toString('latin1')],
  ['buffer', (bytes) => Buffer.from(bytes)],
])("codecs.php with strings: '%s'", (strings, of) => {
  itNeeds(slow(php), 'carries any bytes, both ways', () => {
    const session = new PhpSession();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(session.evaluate(`return [${hex(bytes)}];`, { strings })).toEqual([of(bytes)]);
        expect(session.given([of(bytes)], `return $got === [${hex(bytes)}];`, { strings })).toBe(true);
      }),
      RUNS,
    );
  });
});

itNeeds(php, 'codecs.php carries bytes among text', () => {
  const bytes = Buffer.from([0, 0xff, 0x22, 0x3b]);
  const session = new PhpSession();
  expect(
    session.given(
      { name: 'é', bytes, more: 'ü' },
      `return $got === ['name' => 'é', 'bytes' => ${hex(bytes)}, 'more' => 'ü'];`,
    ),
  ).toBe(true);
});

itNeeds(php, 'codecs.php reads floats that have no fraction as the numbers they are, and NAN', () => {
  const session = new PhpSession();
  expect(session.evaluate('return [1.0, -7.0, 1e15, 1e22, NAN];')).toEqual([1, -7, 1e15, 1e22, Number.NaN]);
  expect(session.given(Number.NaN, 'return is_nan($got);')).toBe(true);
});

itNeeds(php, 'codecs.php reads references of PHP as the value that they share', () => {
  const session = new PhpSession();
  const read = session.evaluate(
    '$list = ["x"]; $a = [1, "list" => &$list, "one" => 2]; $a["again"] = &$list; $a["same"] = &$a["one"]; $a[] = 3; return $a;',
  ) as Record<string, unknown>;
  expect(read).toEqual({ 0: 1, 1: 3, list: ['x'], one: 2, again: ['x'], same: 2 });
  expect(read['again']).toBe(read['list']);
});

itNeeds(php, 'codecs.php refuses an array that contains itself, and says where', () => {
  const bytes = new PhpSession().serialized('$a = [1]; $a["me"] = &$a; return $a;');
  expect(() => codecs.php().decode(bytes)).toThrow(
    /^a reference at byte \d+ to a value around it: these are not read$/,
  );
});

const person = `
  eval('class Person { public $name = "Ada"; protected $born = 1815; private $note = ["x"]; public $self; }');
  $p = new Person; $s = new stdClass; $s->a = 1; $p->self = [$s, $s]; return [$p, $s];`;

itNeeds(php, 'codecs.php refuses objects, or reads them as plain ones when the option says so', () => {
  const bytes = new PhpSession().serialized(person);
  expect(() => codecs.php().decode(bytes)).toThrow(
    'an object of the class "Person" at byte 9: the codec refuses objects',
  );
  expect(codecs.php({ objects: 'plain' }).decode(bytes)).toEqual([
    { name: 'Ada', born: 1815, note: ['x'], self: [{ a: 1 }, { a: 1 }] },
    { a: 1 },
  ]);
});

itNeeds(slow(php), 'codecs.php writes arrays as deep as PHP reads them, and refuses deeper ones', () => {
  const session = new PhpSession();
  const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], 0);
  const depthOf = '$depth = 0; while (is_array($got)) { $depth++; $got = $got[0]; } return $depth;';
  expect(session.given(nested(4096), depthOf)).toBe(4096);
  expect(() => codecs.php().encode(nested(4097))).toThrow(RangeError);
  expect(() => session.given(nested(4098), depthOf, { maxDepth: 5000 })).toThrow('Maximum depth of 4096 exceeded');
});

/** Serialized values with some bytes changed, left out or put in twice. */
const corrupted = fc
  .tuple(
    anyPair(asObject).map(({ value }) => Buffer.from(codecs.php().encode(value))),
    fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('change', 'drop', 'repeat'), fc.constantFrom(...'0123459;:"{}-+.aibsdNRrE')),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  )
  .map(([bytes, changes]) =>
    changes.reduce((text, [at, change, letter]) => {
      const index = at % (text.length + 1);
      const middle = { change: letter, drop: '', repeat: text.slice(index, index + 1).repeat(2) }[change] ?? '';
      return text.slice(0, index) + middle + text.slice(index + 1);
    }, bytes.toString('latin1')),
  );

itNeeds(slow(php), 'codecs.php reads a corrupted message as PHP reads it, or refuses it', () => {
  const session = new PhpSession();
  const codec = codecs.php({ strings: 'latin1' });
  let read = 0;
  let refused = 0;
  fc.assert(
    fc.property(corrupted, (text) => {
      let value: unknown;
      try {
        value = codec.decode(Buffer.from(text, 'latin1'));
      } catch (error) {
        expect(['SyntaxError', 'TypeError']).toContain((error as Error).name);
        refused += 1;
        return;
      }
      read += 1;
      // Loosely equal: 1.0 comes back as 1. NAN equals nothing.
      const code = `$theirs = unserialize(${hex(Buffer.from(text, 'latin1'))}); return serialize($got) === serialize($theirs) || $got == $theirs;`;
      expect({ text, same: session.given(value, code, { strings: 'latin1' }) }).toEqual({ text, same: true });
    }),
    { numRuns: 1000 },
  );
  expect(read).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(10);
});
