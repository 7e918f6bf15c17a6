// The ways to receive: generators of lists of messages. `holds` is how many messages a process has taken at most before it
// writes them down, which is what is lost when it is killed.

const PATIENCE_MS = 40;
const MANY = 16;

async function* each(messages) {
  for await (const message of messages) yield [message];
}

/** Repeatedly, until the caller cancels the wait. */
async function* repeated(take, signal) {
  while (!signal.aborted) yield await take();
}

export const receivers = {
  try: {
    holds: 1,
    take: (queue, select, signal) =>
      repeated(() => {
        const message = queue.tryReceive(select);
        return message === undefined ? [] : [message];
      }, signal),
  },
  sync: {
    holds: 1,
    take: (queue, select, signal) => repeated(() => [queue.receiveSync({ ...select, timeout: PATIENCE_MS })], signal),
  },
  async: {
    holds: 1,
    take: (queue, select, signal) =>
      repeated(async () => [await queue.receive({ ...select, timeout: PATIENCE_MS, signal })], signal),
  },
  patient: {
    holds: 1,
    take: (queue, select, signal) => repeated(async () => [await queue.receive({ ...select, signal })], signal),
  },
  many: {
    holds: MANY,
    take: (queue, select, signal) =>
      repeated(() => queue.receiveMany({ ...select, max: MANY, timeout: PATIENCE_MS, signal }), signal),
  },
  tryMany: {
    holds: MANY,
    take: (queue, select, signal) => repeated(() => queue.tryReceiveMany({ ...select, max: MANY }), signal),
  },
  iterator: { holds: 1, take: (queue, select, signal) => each(queue.messages({ ...select, signal })) },
  stream: { holds: 1, take: (queue, select, signal) => each(queue.readable({ ...select, signal })) },
};
