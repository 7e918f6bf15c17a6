// A bridge to NATS JetStream or Redis Streams, beside the client that it uses.

const group = 'Between machines';
const WINDOW = 512;
/** For a long line: rate × round trip. */
const LARGE_WINDOW = 1024;
const ROUND_TRIP_MS = 20;
/** Instead of the kernel's 16 KiB, which hold four of the long messages. */
const LARGE_QUEUE = 1 << 20;

const SIZES = [
  { bytes: 100, words: '100 bytes' },
  { bytes: 4096, words: '4 KiB' },
];

const WHAT = {
  out: `from a program in C that sends to the queue until the server has acknowledged the last message, against a program that
publishes with an inbox for acknowledgements and as many at a time`,
  in: `from the first message that a program in C takes from the queue to the last one, against a program that consumes and
acknowledges. The messages are in the stream before; at most 256 are delivered and not acknowledged`,
  latency:
    'one message at a time, from msgsnd until a consumer of the stream has it, against the same from publish on; the median of each slice',
};

const REDIS_TITLES = {
  out: 'From a queue to a stream of Redis',
  in: 'From a stream of Redis to a queue',
};

const REDIS_WHAT = {
  out: `from a program in C that sends to the queue until Redis has answered for the last message, against a program that appends
with XADD, in pipelines, and waits for as many answers at a time`,
  in: `from the first message that a program in C takes from the queue to the last one, against a program that reads 256 at a time
with XREADGROUP and acknowledges them with XACK. The messages are in the stream before`,
};

const TITLES = {
  out: 'From a queue to a stream',
  in: 'From a stream to a queue',
  latency: 'From msgsnd to a consumer of the stream',
};

const what = (operation, window) =>
  `${WHAT[operation].replaceAll('\n', ' ')}${operation === 'out' ? ` (${window})` : ''}`;

/** The same in each of these rows, however far the server is. */
const row = {
  ...{ group, kind: 'slices', roundsFactor: 0.5, unit: 'ns', per: 'message' },
  ...{ reference: 'client', compare: 'ratio' },
};

function bridgeCase(operation, { bytes, words }, { atMost, roundTripMs = 0, queueBytes } = {}) {
  const window = roundTripMs > 0 ? LARGE_WINDOW : WINDOW;
  const run = (id, name, kind) => ({
    ...{ id, name, contender: 'bridge', operation, bytes },
    args: [kind, String(roundTripMs), String(window)],
  });
  const isFar = roundTripMs > 0;
  const [suffix, name, condition] = isFar
    ? ['-far', `, ${roundTripMs} ms away`, `. A proxy delays everything: a round trip takes ${roundTripMs} ms`]
    : queueBytes !== undefined
      ? ['-large-queue', ', a queue of 1 MiB', '. The queue holds 1 MiB (msg_qbytes) instead of 16 KiB']
      : ['', '', ''];
  return {
    ...row,
    id: `bridge-${operation}-${bytes}${suffix}`,
    title: `${TITLES[operation]}, ${words}${name}`,
    what: `${what(operation, window)}${condition}`,
    ...(queueBytes === undefined ? {} : { limits: { msgmnb: queueBytes } }),
    sliceFactor: isFar ? 5 : 2,
    runs: [run('client', 'NATS client', 'client'), run('sysvmq', 'sysvmq bridge', 'bridge')],
    targets: atMost === undefined ? [] : [{ run: 'sysvmq', against: 'client', atMost }],
  };
}

function redisCase(operation, { bytes, words }) {
  const run = (id, name, kind) => ({
    ...{ id, name, contender: 'bridgeRedis', operation, bytes },
    args: [kind, String(WINDOW)],
  });
  return {
    ...row,
    id: `bridge-redis-${operation}-${bytes}`,
    title: `${REDIS_TITLES[operation]}, ${words}`,
    what: `${REDIS_WHAT[operation].replaceAll('\n', ' ')}${operation === 'out' ? ` (${WINDOW})` : ''}`,
    sliceFactor: 2,
    runs: [run('client', 'ioredis', 'client'), run('sysvmq', 'sysvmq bridge', 'bridge')],
    targets: [],
  };
}

const [short, long] = SIZES;
const far = { roundTripMs: ROUND_TRIP_MS };

/** Half of the rate is twice the time. */
const RATES = [
  ['out', short, 2],
  ['out', long, 1],
  ['in', short, 1.67],
  ['in', long, 2],
];

export const bridging = [
  ...RATES.map(([operation, size, atMost]) => bridgeCase(operation, size, { atMost })),
  ...RATES.map(([operation, size, atMost]) => bridgeCase(operation, size, { atMost, queueBytes: LARGE_QUEUE })),
  bridgeCase('latency', short, { atMost: 1.3 }),
  ...SIZES.map((size) => bridgeCase('out', size, far)),
  ...SIZES.map((size) => bridgeCase('in', size, far)),
  ...SIZES.map((size) => redisCase('out', size)),
  ...SIZES.map((size) => redisCase('in', size)),
];
