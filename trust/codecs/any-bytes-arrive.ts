/** What must hold for any bytes in a queue: each message is a value or a DecodeError that has it whole. */

import fc from 'fast-check';
import type { Codec, DecodeError, Message } from '../../lib/index';
import type * as wireModule from '../../lib/request-reply/wire';
import { anyBytes } from './any-bytes';

/** lib/ under Jest, dist/ in the long form. */
interface Parts {
  library: typeof import('../../lib/index');
  wire: typeof wireModule;
}

export interface Tally {
  values: number;
  refused: number;
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this must hold: ${what}`);
}

function codecsOf({ codecs }: Parts['library']): [name: string, codec: Codec<unknown>][] {
  const php = (['utf8', 'latin1', 'buffer'] as const).flatMap((strings) =>
    (['refuse', 'plain'] as const).map((objects): [string, Codec<unknown>] => [
      `php, ${strings}, ${objects}`,
      codecs.php({ strings, objects, associative: objects === 'plain' ? 'map' : 'object' }),
    ]),
  );
  return [
    ['utf8', codecs.utf8 as Codec<unknown>],
    ['json', codecs.json()],
    ['structured', codecs.structured()],
    ...php,
  ];
}

/** A property for each thing that reads bytes, by its name. `tally` says what came of them. */
export function byteProperties(
  parts: Parts,
  tallies: Map<string, Tally>,
): [name: string, property: fc.IProperty<unknown>][] {
  const tallyOf = (name: string): Tally => {
    const tally = tallies.get(name) ?? { values: 0, refused: 0 };
    tallies.set(name, tally);
    return tally;
  };
  return [
    ...codecsOf(parts.library).map(([name, codec]): [string, fc.IProperty<unknown>] => [
      name,
      fc.property(fc.array(anyBytes, { minLength: 1, maxLength: 6 }), (messages) =>
        arrive(parts.library, codec, messages, tallyOf(name)),
      ) as fc.IProperty<unknown>,
    ]),
    [
      'message lines',
      fc.property(anyBytes, (bytes) =>
        isLineOrRefused(parts.library, bytes, tallyOf('message lines')),
      ) as fc.IProperty<unknown>,
    ],
    [
      'request and reply headers',
      fc.property(anyBytes, (bytes) =>
        isFrameOrNone(parts.wire, bytes, tallyOf('request and reply headers')),
      ) as fc.IProperty<unknown>,
    ],
  ];
}

/** Through a real queue: the first message by itself, the others together. */
function arrive(library: Parts['library'], codec: Codec<unknown>, messages: readonly Buffer[], tally: Tally): void {
  const queue = library.MessageQueue.createPrivate({ codec });
  const plain = library.MessageQueue.attach(queue.id);
  try {
    for (const [index, bytes] of messages.entries()) must(plain.trySend(bytes, { type: index + 1 }), 'there is room');
    const arrived: { type: number | bigint; raw: Buffer | undefined }[] = [];
    const note = (taken: readonly Message<unknown>[]): unknown =>
      arrived.push(...taken.map(({ type }) => ({ type, raw: undefined })));
    const take = (receive: () => Message<unknown>[]): void => {
      try {
        note(receive());
      } catch (error) {
        must(error instanceof library.DecodeError, `a DecodeError, and not ${error}`);
        const first = error as DecodeError;
        for (const { messageType, raw } of [first, ...first.others]) arrived.push({ type: messageType, raw });
      }
    };
    take(() => [queue.tryReceive() as Message<unknown>]);
    take(() => queue.tryReceiveMany());
    // Those that do not decode come after the others, with the next call.
    take(() => queue.tryReceiveMany());
    must(plain.stat().messageCount === 0, 'all were taken');
    must(arrived.length === messages.length, 'none is lost or doubled');
    for (const [index, bytes] of messages.entries()) {
      const found = arrived.find(({ type }) => type === index + 1);
      must(found !== undefined, 'each is there');
      must(found?.raw === undefined || found.raw.equals(bytes), 'a DecodeError has the message whole');
    }
    const refused = arrived.filter(({ raw }) => raw !== undefined).length;
    tally.refused += refused;
    tally.values += arrived.length - refused;
  } finally {
    queue.remove();
  }
}

function isLineOrRefused({ parseMessageLine, formatMessageLine }: Parts['library'], bytes: Buffer, tally: Tally): void {
  let parsed: { data: string | Buffer; type?: number | bigint };
  try {
    parsed = parseMessageLine(bytes.toString('utf8'));
  } catch (error) {
    must((error as NodeJS.ErrnoException).code === 'ERR_INVALID_ARG_VALUE', `a TypeError, and not ${error}`);
    tally.refused += 1;
    return;
  }
  tally.values += 1;
  const { type = 1, data } = parsed;
  const again = parseMessageLine(formatMessageLine({ type, data }));
  must(
    again.type === type && Buffer.from(again.data as string).equals(Buffer.from(data as string)),
    'it comes back as it was',
  );
}

function isFrameOrNone(
  { decodeRequest, decodeReply, decodeFailure }: Parts['wire'],
  bytes: Buffer,
  tally: Tally,
): void {
  const frames = [decodeRequest(bytes), decodeReply(bytes)];
  for (const frame of frames) {
    if (frame === undefined) continue;
    must(frame.id.length === 8, 'the id is whole');
    must(bytes.subarray(bytes.length - frame.payload.length).equals(frame.payload), 'the payload is the rest');
    must(frame.expiresAt >= 0, 'it expires at a moment or never');
  }
  must(typeof decodeFailure(bytes).message === 'string', 'a failure has words');
  tally[frames.some((frame) => frame !== undefined) ? 'values' : 'refused'] += 1;
}
