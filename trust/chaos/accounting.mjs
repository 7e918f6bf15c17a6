// Where every message of a round is in the end.
import { CORRUPTED, INTENDED, NOT_SENT, RECEIVED, SENT } from './records.mjs';

const nameOf = ({ sender, sequence }) => sender * 2 ** 32 + sequence;
const inWords = ({ sender, sequence, queueId, length }) =>
  `message ${sequence} of sender ${sender} (queue ${queueId}, ${length} bytes)`;

/**
 * Accounts for the messages.
 *
 * @param records all records of all processes
 * @param left the messages that were in the queues at the end, as records
 * @param existing the ids of the queues that were there at the end
 * @param inHands how many messages the killed receivers can have held
 * @param mostBytes how much a queue can have held when it was removed
 */
export function account({ records, left, existing, inHands, mostBytes }) {
  const messages = new Map();
  const wrongs = [];
  for (const record of records.filter(({ kind }) => kind === INTENDED)) {
    messages.set(nameOf(record), { ...record, fate: INTENDED, times: 0 });
  }
  for (const record of records) {
    const message = messages.get(nameOf(record));
    if (record.kind === CORRUPTED) wrongs.push(`${inWords(record)} arrived corrupted, or after a later one`);
    else if (message !== undefined && (record.kind === SENT || record.kind === NOT_SENT)) message.fate = record.kind;
  }
  const received = records.filter(({ kind }) => kind === RECEIVED);
  for (const record of [...received, ...left]) {
    const message = messages.get(nameOf(record));
    if (message === undefined) wrongs.push(`${inWords(record)} was never sent`);
    else {
      message.times += 1;
      if (message.fate === NOT_SENT) wrongs.push(`${inWords(record)} came, although its send had failed`);
      if (message.times === 2) wrongs.push(`${inWords(record)} came twice`);
      if (message.queueId !== record.queueId) wrongs.push(`${inWords(record)} was sent to queue ${message.queueId}`);
    }
  }
  const all = [...messages.values()];
  const missing = all.filter(({ fate, times }) => fate === SENT && times === 0);
  const { withQueues, unexplained } = explain(missing, existing, mostBytes);
  if (unexplained > inHands) {
    wrongs.push(`${unexplained} messages are gone, and the killed receivers can have held ${inHands}`);
  }
  return {
    wrongs,
    counts: {
      sent: all.filter(({ fate }) => fate === SENT).length,
      delivered: received.length,
      left: left.length,
      goneWithQueues: withQueues,
      inTheHandsOfKilledReceivers: unexplained,
      inTheHandsOfKilledSenders: all.filter(({ fate }) => fate === INTENDED).length,
      ofThoseArrived: all.filter(({ fate, times }) => fate === INTENDED && times > 0).length,
      refused: all.filter(({ fate }) => fate === NOT_SENT).length,
    },
  };
}

/** A removed queue lost at most as many messages as it could hold. */
function explain(missing, existing, mostBytes) {
  const bytesOf = new Map();
  let withQueues = 0;
  let unexplained = 0;
  for (const { queueId, length } of missing) {
    const bytes = (bytesOf.get(queueId) ?? 0) + length;
    if (existing.has(queueId) || bytes > mostBytes) unexplained += 1;
    else {
      bytesOf.set(queueId, bytes);
      withQueues += 1;
    }
  }
  return { withQueues, unexplained };
}
