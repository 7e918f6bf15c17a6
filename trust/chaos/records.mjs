// What the processes of the chaos write down, so that it outlives them: records in files, one file a process. A record is
// in the file when write(2) has returned, whatever becomes of the process then.
import { readFileSync, writeSync } from 'node:fs';

export const INTENDED = 1; // A sender is about to send it.
export const SENT = 2; // The library says that it went in.
export const NOT_SENT = 3; // The library says that it did not.
export const RECEIVED = 4;
export const CORRUPTED = 5; // Received, and not as it was sent.

const RECORD_BYTES = 20;

/** Writes records of one kind, all in one call. */
export function writeRecords(fd, kind, messages) {
  const bytes = Buffer.alloc(messages.length * RECORD_BYTES);
  messages.forEach(({ sender, sequence, queueId, length }, index) => {
    const at = index * RECORD_BYTES;
    bytes.writeUInt32LE(kind, at);
    bytes.writeUInt32LE(sender, at + 4);
    bytes.writeUInt32LE(sequence, at + 8);
    bytes.writeInt32LE(queueId, at + 12);
    bytes.writeUInt32LE(length, at + 16);
  });
  writeSync(fd, bytes);
}

/** The records of a file; half a one at its end was never written. */
export function readRecords(file) {
  const bytes = readFileSync(file);
  const records = [];
  for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    records.push({
      kind: bytes.readUInt32LE(at),
      sender: bytes.readUInt32LE(at + 4),
      sequence: bytes.readUInt32LE(at + 8),
      queueId: bytes.readInt32LE(at + 12),
      length: bytes.readUInt32LE(at + 16),
    });
  }
  return records;
}

export const HEADER_BYTES = 16;

/** A message that says what it is; every byte after the header follows from it. */
export function bodyOf({ sender, sequence, queueId, length }) {
  const body = Buffer.alloc(length, (sender * 31 + sequence) & 0xff);
  body.writeUInt32LE(sender, 0);
  body.writeUInt32LE(sequence, 4);
  body.writeInt32LE(queueId, 8);
  body.writeUInt32LE(length, 12);
  return body;
}

/** The record in the head of a body, and whether the body is complete. */
export function readBody(body) {
  if (body.length < HEADER_BYTES) return { sender: 0, sequence: 0, queueId: -1, length: body.length, whole: false };
  const message = {
    sender: body.readUInt32LE(0),
    sequence: body.readUInt32LE(4),
    queueId: body.readInt32LE(8),
    length: body.readUInt32LE(12),
  };
  return { ...message, whole: message.length === body.length && body.equals(bodyOf(message)) };
}
