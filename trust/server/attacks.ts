/** Messages that nobody should send to a RequestServer or a RequestClient, and what the wire says of each. */

import fc from 'fast-check';
import { anyBytes, anyChange, type Change, changed } from '../codecs/any-bytes';

/** Where an attack goes: to the server's queue, or to where a client's replies arrive. */
type Target = 'server' | 'client';

export interface Attack {
  readonly to: Target;
  /** So often. */
  readonly times: number;
  readonly words: string;
  bytes(places: Places): Buffer;
}

/** What a real header would name. */
export interface Places {
  readonly requestsId: number;
  readonly inboxId: number;
  readonly inboxType: number;
}

const LAST_REQUEST_TYPE = 0xffff;
const [REQUEST_HEADER_BYTES, AGREED_QUEUE] = [32, -1];

/** docs/request-reply.md, read without the library under test. */
export function isRequest(bytes: Buffer): boolean {
  return (
    bytes.length >= REQUEST_HEADER_BYTES &&
    bytes.toString('latin1', 0, 3) === 'RQ\u0001' &&
    bytes.readInt32LE(4) >= AGREED_QUEUE &&
    bytes.readInt32LE(8) >= 1
  );
}

const anyId = fc.uint8Array({ minLength: 8, maxLength: 8 });
const anyPayload = fc.oneof(
  fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)),
  anyBytes,
);
// Never, long ago, now and then, in the far future.
const anyMoment = fc.oneof(fc.constantFrom(0n, 1n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n));
const anyReplyQueue = fc.oneof(
  fc.constantFrom<'requests' | 'inbox' | number>('requests', 'inbox', AGREED_QUEUE, 0x7fffffff, -2),
  fc.integer({ min: 2 ** 20, max: 0x7fffffff }),
);
const anyReplyType = fc.oneof(
  fc.constantFrom<'inbox' | number>('inbox', 0, -1, 1, LAST_REQUEST_TYPE, LAST_REQUEST_TYPE + 1, 0x7fffffff),
  fc.integer({ min: 1, max: LAST_REQUEST_TYPE }),
);
const someChanges = fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(anyChange, { maxLength: 3 }));

function damaged(bytes: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce(changed, bytes);
}

function headed(magic: string, header: Buffer, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${magic}\u0001`, 'latin1'), header, payload]);
}

const requests: fc.Arbitrary<Attack> = fc
  .record({
    queue: anyReplyQueue,
    type: anyReplyType,
    id: anyId,
    moment: anyMoment,
    payload: anyPayload,
    changes: someChanges,
  })
  .map(({ queue, type, id, moment, payload, changes }) => ({
    to: 'server' as const,
    times: 1,
    words: `a request for a reply to ${queue}, type ${type}`,
    bytes({ requestsId, inboxId, inboxType }) {
      const header = Buffer.alloc(REQUEST_HEADER_BYTES - 3);
      header.writeInt32LE(queue === 'requests' ? requestsId : queue === 'inbox' ? inboxId : queue, 1);
      header.writeInt32LE(type === 'inbox' ? inboxType : type, 5);
      header.set(id, 13);
      header.writeBigUInt64LE(moment, 21);
      return damaged(headed('RQ', header, payload), changes);
    },
  }));

// Its id is random: nobody has asked for it.
const replies: fc.Arbitrary<Attack> = fc
  .record({ id: anyId, status: fc.nat({ max: 255 }), moment: anyMoment, payload: anyPayload, changes: someChanges })
  .map(({ id, status, moment, payload, changes }) => ({
    to: 'client' as const,
    times: 1,
    words: `a reply of status ${status}`,
    bytes() {
      const header = Buffer.alloc(21);
      header[0] = status;
      header.set(id, 5);
      header.writeBigUInt64LE(moment, 13);
      return damaged(headed('RP', header, payload), changes);
    },
  }));

const anyTarget = fc.constantFrom<Target>('server', 'client');
const noise: fc.Arbitrary<Attack> = fc
  .record({ to: anyTarget, bytes: anyBytes })
  .map(({ to, bytes }) => ({ to, times: 1, words: `${bytes.length} bytes`, bytes: () => bytes }));
const floods: fc.Arbitrary<Attack> = fc
  .record({ to: anyTarget, times: fc.integer({ min: 10, max: 300 }) })
  .map(({ to, times }) => ({ to, times, words: `${times} empty messages`, bytes: () => Buffer.alloc(0) }));

export const anyAttacks: fc.Arbitrary<Attack[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: requests },
    { weight: 3, arbitrary: replies },
    { weight: 2, arbitrary: noise },
    { weight: 1, arbitrary: floods },
  ),
  { maxLength: 60, size: 'max' },
);
