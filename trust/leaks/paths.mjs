// Every way that a message can go. A path returns a function that lets about `count` messages through, and says how many.
import { subscribe } from 'node:diagnostics_channel';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageQueue, RequestClient, RequestServer } from '../../dist/index.js';

const DATA = Buffer.alloc(100, 'some bytes');
const BATCH = 64;

/** One after the other, with a turn of the event loop now and then. */
function one(pass) {
  return async (count) => {
    for (let done = 0; done < count; done++) {
      await pass(done);
      if (done % 1000 === 999) await nextTurn();
    }
    return count;
  };
}

/** The same without a promise for each. */
function oneSync(pass) {
  return async (count) => {
    for (let done = 0; done < count; done++) {
      pass(done);
      if (done % 1000 === 999) await nextTurn();
    }
    return count;
  };
}

async function refused(promise, name) {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (error?.name !== name) throw error ?? new Error(`This was to be a ${name}, and went through.`);
}

function sendAndTake(queue) {
  queue.trySend(DATA);
  if (queue.tryReceive() === undefined) throw new Error('A message is missing.');
}

/** A queue that is full, and whose sends wait therefore. */
function makeFull() {
  const queue = MessageQueue.createPrivate({ maxBytes: DATA.length, spin: 0, autoRemove: true });
  queue.trySend(DATA);
  return queue;
}

export const paths = {
  try: { name: 'trySend, tryReceive', make: (queue) => oneSync(() => sendAndTake(queue)) },
  sync: {
    name: 'sendSync, receiveSync',
    make: (queue) =>
      oneSync(() => {
        queue.sendSync(DATA);
        queue.receiveSync();
      }),
  },
  hot: {
    name: 'send, receive of what is there',
    make: (queue) =>
      one(async () => {
        await queue.send(DATA);
        await queue.receive();
      }),
  },
  polled: {
    name: 'receive that polls',
    make: (queue) =>
      one(async () => {
        const message = queue.receive();
        queue.trySend(DATA);
        await message;
      }),
  },
  parked: {
    name: 'receive that is parked',
    make(queue) {
      const parking = MessageQueue.attach(queue.id, { spin: 0 });
      return one(async () => {
        const message = parking.receive();
        queue.trySend(DATA);
        await message;
      });
    },
  },
  full: {
    name: 'send that waits for room',
    make() {
      const queue = makeFull();
      return one(async () => {
        const sent = queue.send(DATA);
        queue.tryReceive();
        await sent;
      });
    },
  },
  many: {
    name: 'sendMany, receiveMany, trySendMany, tryReceiveMany',
    make: (queue) => async (count) => {
      const messages = Array.from({ length: BATCH }, () => ({ data: DATA }));
      let done = 0;
      for (; done < count; done += 2 * BATCH) {
        await queue.sendMany(messages);
        for (let taken = 0; taken < BATCH; ) taken += (await queue.receiveMany({ max: BATCH })).length;
        if (queue.trySendMany(messages) !== BATCH) throw new Error('The queue is full.');
        if (queue.tryReceiveMany({ max: BATCH }).length !== BATCH) throw new Error('Messages are missing.');
      }
      return done;
    },
  },
  iterator: {
    name: 'for await over messages()',
    make: (queue) => async (count) => {
      queue.trySend(DATA);
      let done = 0;
      for await (const _ of queue.messages()) {
        done += 1;
        if (done >= count) break;
        queue.trySend(DATA);
      }
      return done;
    },
  },
  streams: {
    name: 'writable to readable, made anew every 1,000 messages',
    make: (queue) => async (count) => {
      let done = 0;
      while (done < count) {
        const writable = queue.writable();
        const readable = queue.readable();
        let taken = 0;
        const reading = (async () => {
          for await (const _ of readable) if (++taken === 1000) break;
        })();
        for (let sent = 0; sent < 1000; sent++) {
          if (!writable.write(DATA)) await new Promise((resolve) => writable.once('drain', resolve));
        }
        await new Promise((resolve) => writable.end(resolve));
        await reading;
        done += taken;
      }
      return done;
    },
  },
  requests: {
    name: 'requests and replies',
    make(queue) {
      const server = new RequestServer(queue, (data) => data);
      const client = new RequestClient(queue, { timeout: 10_000 });
      const pass = async (count) => {
        for (let done = 0; done < count; done += 16) {
          await Promise.all(Array.from({ length: 16 }, () => client.request(DATA)));
        }
        return 2 * count; // There and back.
      };
      pass.end = async () => {
        client.close();
        await server.close();
      };
      return pass;
    },
  },
  diagnostics: {
    name: 'send, receive with subscribers of the diagnostics channels',
    make(queue) {
      let told = 0;
      for (const name of ['send', 'receive', 'wait:start', 'wait:end', 'error']) {
        subscribe(`sysvmq:${name}`, () => {
          told += 1;
        });
      }
      return async (count) => {
        told = 0;
        for (let done = 0; done < count; done++) {
          const message = done % 2 === 0 ? queue.receive() : undefined;
          await queue.send(DATA);
          await (message ?? queue.receive());
        }
        if (told < 2 * count) throw new Error(`${told} events for ${count} messages`);
        return count;
      };
    },
  },
  handles: {
    name: 'handles opened and dropped, every other one without close()',
    make: (queue) =>
      one(async (done) => {
        const handle = MessageQueue.attach(queue.id);
        sendAndTake(handle);
        if (done % 2 === 0) handle.close();
      }),
  },
  queues: {
    name: 'queues created, used and removed',
    make: () =>
      oneSync((done) => {
        const own = MessageQueue.createPrivate({ autoRemove: done % 2 === 0 });
        sendAndTake(own);
        if (done % 2 === 0) own.close();
        else own.remove();
      }),
  },
  abandoned: {
    name: 'receives and sends canceled: AbortSignal, timeout, close()',
    make(queue) {
      const full = makeFull();
      return one(async (done) => {
        const handle = MessageQueue.attach(done % 2 === 0 ? queue.id : full.id, {
          spin: done % 3 === 0 ? 0 : undefined,
        });
        const wait = (options) => (done % 2 === 0 ? handle.receive(options) : handle.send(DATA, options));
        if (done % 64 < 2) await refused(wait({ timeout: 1 }), 'TimeoutError');
        else if (done % 4 < 2) {
          const controller = new AbortController();
          const waiting = wait({ signal: controller.signal });
          controller.abort();
          await refused(waiting, 'AbortError');
        } else {
          const waiting = wait();
          handle.close();
          await refused(waiting, 'QueueClosedError');
        }
        handle.close();
      });
    },
  },
  errors: {
    name: 'errors: nothing there, full, too long, bad arguments',
    make(queue) {
      const full = makeFull();
      return one(async (done) => {
        const calls = [
          () => queue.receive({ nowait: true }),
          () => full.send(DATA, { nowait: true }),
          () => full.send(Buffer.alloc(DATA.length + 1)),
          async () => queue.sendSync(DATA, { type: 0 }),
        ];
        const names = ['NoMessageError', 'QueueFullError', 'MessageTooLargeError', 'RangeError'];
        await refused(
          Promise.resolve().then(() => calls[done % 4]()),
          names[done % 4],
        );
      });
    },
  },
  large: {
    name: 'messages of 2 MiB',
    make(queue) {
      const data = Buffer.alloc(2 << 20, 'large');
      return oneSync(() => {
        queue.sendSync(data);
        if (queue.receiveSync().data.length !== data.length) throw new Error('A message came back shorter.');
      });
    },
  },
};
