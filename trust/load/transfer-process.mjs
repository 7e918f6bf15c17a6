// A producer or a consumer: sends or takes without a pause until it is asked to stop, and says how many, each second.
import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageQueue } from '../../dist/index.js';

const { role, id } = JSON.parse(process.argv[2]);
const DATA = Buffer.alloc(100, 'load');
const BATCH = 16;
const stopping = new AbortController();
setMaxListeners(0, stopping.signal);
process.once('message', () => stopping.abort());
process.once('disconnect', () => stopping.abort());

const queue = MessageQueue.attach(id);
process.send('ready');
const seconds = [];
const began = Math.floor(Date.now() / 1000);

/** By the second of the clock, which all processes share. */
function count(messages) {
  const second = Math.floor(Date.now() / 1000) - began;
  while (seconds.length <= second) seconds.push(0);
  seconds[second] += messages;
}

try {
  while (!stopping.signal.aborted) {
    if (role === 'produce') {
      const sends = Array.from({ length: BATCH }, () => queue.send(DATA, { signal: stopping.signal }));
      const settled = await Promise.allSettled(sends);
      count(settled.filter(({ status }) => status === 'fulfilled').length);
      const failed = settled.find(({ reason }) => reason !== undefined && reason.name !== 'AbortError');
      if (failed !== undefined) throw failed.reason;
    } else count((await queue.receiveMany({ max: BATCH, signal: stopping.signal })).length);
    await nextTurn();
  }
} catch (error) {
  if (error.name !== 'AbortError') throw error;
}
process.send({ began, seconds }, () => process.exit(0));
