/** Bytes that nobody meant for a codec: any at all, and encodings of real values with a few bytes changed. */

import { serialize } from 'node:v8';
import fc from 'fast-check';

const plainBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

const seeds: fc.Arbitrary<Buffer> = fc.oneof(
  fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)),
  fc
    .anything({ maxDepth: 2, withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })
    .map((value) => serialize(value)),
  fc
    .constantFrom(
      'a:2:{i:0;s:3:"abc";i:1;d:0.5;}',
      'a:2:{s:1:"k";a:1:{i:0;R:2;}s:1:"l";b:1;}',
      'O:8:"stdClass":1:{s:1:"p";N;}',
      'i:-9223372036854775808;',
      's:4:"\u00e9\u00e9";',
    )
    .map((text) => Buffer.from(text)),
  fc
    .record(
      { type: fc.oneof(fc.nat(), fc.string()), data: fc.string(), base64: fc.base64String() },
      { requiredKeys: [] },
    )
    .map((line) => Buffer.from(JSON.stringify(line))),
  fc
    .record({ type: fc.constantFrom(1, '9007199254740993'), data: fc.string() }, { requiredKeys: ['data'] })
    .map((line) => Buffer.from(JSON.stringify(line))),
  fc
    .tuple(fc.constantFrom('RQ', 'RP'), fc.uint8Array({ minLength: 20, maxLength: 60 }))
    .map(([magic, rest]) => Buffer.concat([Buffer.from(magic), HEADER, Buffer.from(rest)])),
  fc
    .tuple(fc.constantFrom('RQ\u0001', 'RP\u0001'), plainBytes)
    .map(([magic, rest]) => Buffer.concat([Buffer.from(magic), rest])),
);

// The magic, a version, a status, a queue and a type of either byte order's sense, and what follows.
const HEADER = Buffer.from([1, 0, 5, 5, 5, 5, 5, 5, 5, 5]);

export type Change = { at: number; kind: 'set' | 'cut' | 'insert' | 'repeat'; byte: number };

export const anyChange: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('set', 'cut', 'insert', 'repeat'),
  byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 0x22, 0x30, 0x39, 0x3a, 0x3b, 0x7b, 0x7d, 0x7f, 0x80, 0xff)),
});

export function changed(bytes: Buffer, { at: anywhere, kind, byte }: Change): Buffer {
  const at = anywhere % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (kind === 'cut') return before;
  if (kind === 'insert') return Buffer.concat([before, Buffer.of(byte), after]);
  if (kind === 'repeat') return Buffer.concat([before, after, after]).subarray(0, 2000);
  return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
}

/** Each its own array, because some codecs keep the bytes. */
export const anyBytes: fc.Arbitrary<Buffer> = fc.oneof(
  plainBytes,
  fc.tuple(seeds, fc.array(anyChange, { maxLength: 4 })).map(([bytes, changes]) => changes.reduce(changed, bytes)),
);
