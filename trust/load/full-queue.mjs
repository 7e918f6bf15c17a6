// A queue that is filled and emptied again and again: every message comes, once and in order.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageQueue } from '../../dist/index.js';

/** Fills and empties a queue for so many seconds; returns cycles and messages. */
export async function fillAndEmpty(seconds) {
  const queue = MessageQueue.createPrivate({ autoRemove: true });
  const data = Buffer.alloc(64);
  const end = performance.now() + seconds * 1000;
  let cycles = 0;
  let messages = 0;
  for (; performance.now() < end; cycles++) {
    const first = messages;
    for (data.writeDoubleLE(messages); queue.trySend(data); data.writeDoubleLE(messages)) messages += 1;
    // One more waits for room, so that every cycle crosses the edge.
    const waiting = queue.send(data);
    messages += 1;
    for (let number = first; number < messages; number++) {
      const seen = (queue.tryReceive() ?? (await queue.receive())).data.readDoubleLE();
      if (seen !== number) throw new Error(`message ${seen} came where ${number} was to come`);
    }
    await waiting;
    if (queue.stat().messageCount !== 0) throw new Error('The queue is not empty.');
    await nextTurn();
  }
  queue.remove();
  return { cycles, messages };
}
