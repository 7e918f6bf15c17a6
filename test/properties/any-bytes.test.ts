/** Bytes that nobody meant for a codec. `node trust/codecs.mjs` has the long form. */

import fc from 'fast-check';
import * as library from '../../lib/index';
import * as wire from '../../lib/request-reply/wire';
import { byteProperties, type Tally } from '../../trust/codecs/any-bytes-arrive';

const tallies = new Map<string, Tally>();

it.each(byteProperties({ library, wire }, tallies))(
  'any bytes are a value or are refused, and no message is lost: %s',
  (name, property) => {
    fc.assert(property, { numRuns: 200 });
    expect(tallies.get(name)?.values).toBeGreaterThan(0);
    expect(tallies.get(name)?.refused).toBeGreaterThan(0);
  },
);
