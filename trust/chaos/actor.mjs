// A process of the chaos: sends, receives or removes until it is asked to stop, or killed.
import { openSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { isMessageQueueError, MessageQueue } from '../../dist/index.js';
import { seeded } from '../../tools/harness/random.cjs';
import { receivers } from './receivers.mjs';
import {
  bodyOf,
  CORRUPTED,
  HEADER_BYTES,
  INTENDED,
  NOT_SENT,
  RECEIVED,
  readBody,
  SENT,
  writeRecords,
} from './records.mjs';
import { senders } from './senders.mjs';

const { role, mode, number, seed, keys, log } = JSON.parse(process.argv[2]);
const random = seeded(seed);
const fd = openSync(log, 'a');
const stopping = new AbortController();
process.once('message', () => stopping.abort());
process.once('disconnect', () => stopping.abort());

/** What the changes around it may bring about; anything else is a bug, and ends the process with its error. */
const EXPECTED = new Set([
  'QueueRemovedError',
  'QueueNotFoundError',
  'QueueCountLimitError',
  'QueueFullError',
  'MessageTooLargeError',
  'NoMessageError',
  'TimeoutError',
  'AbortError',
]);

function expected(error) {
  if (!EXPECTED.has(error.name) || !(isMessageQueueError(error) || error.name === 'AbortError')) throw error;
  return error;
}

const handles = new Map();

/** A handle of the queue that has the key now, or undefined. */
function handleOf(key) {
  const known = handles.get(key);
  if (known !== undefined) return known;
  try {
    const queue = MessageQueue.openOrCreate(key, { spin: random.pick([undefined, 0]) });
    handles.set(key, queue);
    return queue;
  } catch (error) {
    expected(error);
    return undefined;
  }
}

function letGo(key) {
  handles.get(key)?.close();
  handles.delete(key);
}

async function sendSome() {
  const { atOnce, send } = senders[mode];
  for (let sequence = 1; !stopping.signal.aborted; ) {
    const key = random.pick(keys);
    const queue = handleOf(key);
    if (queue === undefined) {
      await pause(random.below(20));
      continue;
    }
    const messages = Array.from({ length: random.between(1, atOnce) }, () => ({
      sender: number,
      sequence: sequence++,
      queueId: queue.id,
      length: random.below(20) === 0 ? random.between(600, 6000) : random.between(HEADER_BYTES, 600),
    }));
    writeRecords(fd, INTENDED, messages);
    let sent = 0;
    try {
      sent = await send(queue, messages.map(bodyOf), { type: random.between(1, 3) }, stopping.signal);
    } catch (error) {
      sent = expected(error).sent ?? 0;
      if (error.name === 'QueueRemovedError') letGo(key);
    }
    writeRecords(fd, SENT, messages.slice(0, sent));
    writeRecords(fd, NOT_SENT, messages.slice(sent));
    await (random.below(4) === 0 ? pause(random.below(6)) : nextTurn());
  }
}

/** The number of the last message of a sender in a queue: without a selector they come in order. */
const last = new Map();

function note(taken, inOrder) {
  const messages = taken.map(({ data, type }) => ({ ...readBody(data), type }));
  const good = messages.filter(({ sender, sequence, queueId, whole }) => {
    const from = `${sender} ${queueId}`;
    const late = inOrder && sequence <= (last.get(from) ?? 0);
    last.set(from, sequence);
    return whole && !late;
  });
  writeRecords(fd, RECEIVED, good);
  writeRecords(
    fd,
    CORRUPTED,
    messages.filter((message) => !good.includes(message)),
  );
}

async function receiveSome() {
  const select = random.pick([{}, {}, { type: 2 }, { upTo: 2 }, { except: 1 }]);
  const inOrder = Object.keys(select).length === 0;
  while (!stopping.signal.aborted) {
    const key = random.pick(keys);
    const queue = handleOf(key);
    if (queue === undefined) {
      await pause(random.below(20));
      continue;
    }
    // A while with one queue, so that those that wait forever do not stay with one that nobody sends to.
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(random.between(5, 300))]);
    try {
      for await (const taken of receivers[mode].take(queue, select, signal)) {
        note(taken, inOrder);
        await (taken.length === 0 ? pause(1) : nextTurn());
      }
    } catch (error) {
      expected(error);
      if (error.name === 'QueueRemovedError') letGo(key);
    }
    await nextTurn();
  }
}

async function removeSome() {
  while (!stopping.signal.aborted) {
    await pause(random.between(5, 400));
    const key = random.pick(keys);
    try {
      MessageQueue.open(key).remove();
      if (random.below(2) === 0) MessageQueue.openOrCreate(key);
    } catch (error) {
      expected(error);
    }
  }
}

process.send('up');
await { send: sendSome, receive: receiveSome, remove: removeSome }[role]();
process.exit(0);
