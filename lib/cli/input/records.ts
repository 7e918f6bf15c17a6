/** Splits a stream of bytes into records: lines, or the parts between NULs. Bytes are never decoded. */

export interface InputRecord {
  /** Counted from 1. */
  number: number;
  bytes: Buffer;
}

/** A record longer than any message may be. It is not read to its end, which may never come. */
export class EndlessRecordError extends Error {
  readonly number: number;

  constructor(number: number, maxLength: number) {
    super(`It is longer than ${maxLength} bytes.`);
    this.number = number;
  }
}

/** The records of a stream; the last one may lack its separator. */
export async function* recordsOf(
  stream: AsyncIterable<Buffer>,
  separator: number,
  maxLength: number,
): AsyncGenerator<InputRecord> {
  let pieces: Buffer[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of stream) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(separator, start);
      const piece = chunk.subarray(start, end < 0 ? undefined : end);
      if (piece.length > 0) pieces.push(piece);
      length += piece.length;
      if (length > maxLength) throw new EndlessRecordError(number, maxLength);
      if (end < 0) break;
      yield { number, bytes: Buffer.concat(pieces, length) };
      pieces = [];
      length = 0;
      number += 1;
      start = end + 1;
    }
  }
  if (length > 0) yield { number, bytes: Buffer.concat(pieces, length) };
}
