// The cost of losing no message in a crash.

const group = 'Consuming';
const run = (id, name, operation, contender = 'consume') => ({ id, name, contender, operation, bytes: 64 });

const CONSUMERS = [
  run('sysvmq-consume-1', 'consume, concurrency 1', 'consume-1'),
  run('sysvmq-consume-16', 'consume, concurrency 16', 'consume-16'),
];

export const consuming = [
  {
    id: 'consume-64',
    group,
    title: 'Messages that are there already, to a handler that does nothing, 64 bytes',
    what: '`consume(handler)`, at least once, against a loop of `handler(await queue.receive())`; and msgrcv in C. Only the receiving side is timed',
    kind: 'slices',
    unit: 'ns',
    per: 'message',
    reference: 'sysvmq-receive',
    floor: 'floor',
    compare: 'ratio',
    runs: [
      run('sysvmq-receive', 'receive in a loop', 'receive'),
      ...CONSUMERS,
      run('sysvmq-consume-async-1', 'consume, concurrency 1, an async handler', 'consume-async-1'),
      run('sysvmq-consume-async-16', 'consume, concurrency 16, an async handler', 'consume-async-16'),
      run('floor', 'Node-API floor', 'take', 'floor'),
      run('c', 'C', 'take', 'c'),
    ],
    targets: CONSUMERS.map(({ id }) => ({ run: id, against: 'sysvmq-receive', atMost: 1.6 })),
  },
  {
    id: 'recovery-1000',
    group,
    title: 'Recovery of 1,000 messages in hand',
    what: 'from `consume()` until the last of 1,000 messages is handled that a consumer had in hand when it was killed; as many milliseconds as that are microseconds for each',
    kind: 'fresh processes',
    roundsFactor: 0.25,
    unit: 'ms',
    per: 'recovery',
    compare: 'none',
    runs: [{ id: 'sysvmq', name: 'sysvmq', contender: 'recovery', operation: 'recovery', bytes: 64, count: 1000 }],
  },
];
