// The ways to send. Each sends the bodies in order and returns how many went in; what it throws may say `sent`.
const PATIENCE_MS = 40;

export const senders = {
  try: { atOnce: 1, send: (queue, [body], options) => (queue.trySend(body, options) ? 1 : 0) },
  sync: {
    atOnce: 1,
    send(queue, [body], options) {
      queue.sendSync(body, { ...options, timeout: PATIENCE_MS });
      return 1;
    },
  },
  async: {
    atOnce: 1,
    async send(queue, [body], options, signal) {
      await queue.send(body, { ...options, timeout: PATIENCE_MS, signal });
      return 1;
    },
  },
  patient: {
    atOnce: 1,
    async send(queue, [body], options, signal) {
      await queue.send(body, { ...options, signal });
      return 1;
    },
  },
  many: {
    atOnce: 8,
    async send(queue, bodies, { type }, signal) {
      const messages = bodies.map((data) => ({ data, type }));
      await queue.sendMany(messages, { timeout: PATIENCE_MS, signal });
      return bodies.length;
    },
  },
  tryMany: {
    atOnce: 8,
    send: (queue, bodies, { type }) => queue.trySendMany(bodies.map((data) => ({ data, type }))),
  },
  stream: {
    atOnce: 1,
    // What became of a write its callback says; a stream may fail after it.
    async send(queue, [body], { type }, signal) {
      const stream = queue.writable({ type, signal });
      stream.on('error', () => undefined); // It is in stream.errored as well.
      const closed = new Promise((resolve) => stream.once('close', resolve));
      const error = await new Promise((resolve) => stream.write(body, resolve));
      stream.end();
      await closed;
      if (error) throw error;
      if (stream.errored) throw Object.assign(stream.errored, { sent: 1 });
      return 1;
    },
  },
};
