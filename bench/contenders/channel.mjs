// What the contenders that are Node's own channels share. A channel is
//   post(value)       sends; returns a promise when the sender should wait before it sends more
//   listen(callback)  calls back with every value that arrives, in place of an earlier callback
//   payloads(bytes)   sixteen messages, in the form that this channel carries fastest
//   order(bytes, count), readOrder(value)   on either side, the order for the partner
//   objectOf(value)   the object that has arrived, posted as `post(fromObject(object))`
import { objects } from './objects.mjs';
import { checkMessage, now, PAYLOADS, serve, strings } from './serve.mjs';

/** Of channels that carry values as they are. */
export const asTheyAre = {
  payloads: strings,
  readOrder: (value) => value,
  objectOf: (value) => value,
  fromObject: (object) => object,
};

/** Counts what arrives after the first, so that the order's own way is not counted. */
function receive(channel, bytes, count, check) {
  return new Promise((resolve) => {
    let start;
    let received = 0;
    channel.listen((value) => {
      if (received === 0) start = now();
      check(value, received);
      if (received++ < count) return;
      resolve(now() - start);
    });
    channel.order(bytes, count + 1);
  });
}

function roundTrips(channel, bytes, count) {
  const untimed = 20;
  const payloads = channel.payloads(bytes);
  return new Promise((resolve) => {
    let start;
    let i = -untimed;
    channel.listen((value) => {
      i++;
      if (i === 0) start = now();
      if (i < count) return channel.post(payloads[(i + untimed) % PAYLOADS]);
      const elapsed = now() - start;
      checkMessage(value, bytes, count - 1 + untimed);
      resolve(elapsed);
    });
    channel.post(payloads[0]);
  });
}

/** Serves the rows between two processes; `open(role)` makes the channel to a partner, the first time it is needed. */
export function serveChannel(open) {
  let channel;
  const opened = async (role) => {
    channel ??= await open(role);
    return channel;
  };
  return serve(process.version, {
    stream: async (bytes, count) =>
      receive(await opened('send'), bytes, count, (value, number) => {
        if (number === count) checkMessage(value, bytes, number);
      }),
    trip: async (bytes, count) => roundTrips(await opened('echo'), bytes, count),
    json: async (bytes, count) =>
      receive(await opened('send-json'), bytes, count, (value, number) => {
        if (channel.objectOf(value).number !== number) throw new Error('another object arrived than was sent');
      }),
  });
}

async function sendAll(channel, count, value) {
  for (let i = 0; i < count; i++) {
    const wait = channel.post(value(i));
    if (wait !== undefined) await wait;
  }
}

/** The partner's side. */
export function beThePartner(role, channel) {
  if (role === 'echo') return channel.listen((value) => channel.post(value));
  channel.listen((order) => {
    const { bytes, count } = channel.readOrder(order);
    if (role === 'send') {
      const payloads = channel.payloads(bytes);
      sendAll(channel, count, (i) => payloads[i % PAYLOADS]);
    } else {
      const object = objects(bytes);
      sendAll(channel, count, (i) => channel.fromObject(object(i)));
    }
  });
}
