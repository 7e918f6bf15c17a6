// Messages from one process to another, and there and back.

const NODE_CHANNELS = {
  'child-process-json': 'child_process IPC (json)',
  'child-process-advanced': 'child_process IPC (advanced)',
  'worker-threads': 'worker_threads messages',
  'unix-socket': 'Unix socket',
};

const run = (id, name, operation, bytes = 64, contender = id) => ({ id, name, contender, operation, bytes });
const channels = (operation, bytes) =>
  Object.entries(NODE_CHANNELS).map(([id, name]) => run(id, name, operation, bytes));
const belowChannels = (runId, atMost) => Object.keys(NODE_CHANNELS).map((against) => ({ run: runId, against, atMost }));

const group = 'Between two processes';
const measured = { kind: 'slices', unit: 'ns' };

export const betweenProcesses = [
  {
    id: 'stream-64',
    group,
    title: 'Messages from one process to another, one by one, 64 bytes',
    what: '`await queue.send()` there, `for await` here, against blocking msgsnd and msgrcv in C',
    ...measured,
    per: 'message',
    reference: 'c',
    compare: 'ratio',
    runs: [
      run('c', 'C', 'stream'),
      run('sysvmq', 'sysvmq', 'stream'),
      ...channels('stream'),
      run('zeromq', 'zeromq.js ipc', 'stream'),
      run('svmq', 'svmq', 'stream'),
    ],
    targets: [{ run: 'sysvmq', against: 'c', atMost: 1.4 }, ...belowChannels('sysvmq', 1)],
  },
  {
    id: 'stream-many-64',
    group,
    title: 'Messages from one process to another, a hundred at a time, 64 bytes',
    what: '`await queue.sendMany()` there, `await queue.receiveMany()` here, against blocking msgsnd and msgrcv in C',
    ...measured,
    per: 'message',
    reference: 'c',
    compare: 'ratio',
    runs: [run('c', 'C', 'stream'), run('sysvmq', 'sysvmq', 'stream-many'), ...channels('stream')],
    targets: [{ run: 'sysvmq', against: 'c', atMost: 1.1 }, ...belowChannels('sysvmq', 1)],
  },
  {
    id: 'trip-hot',
    group,
    title: 'There and back, with polling as it is by default, 64 bytes',
    what: 'both sides `await receive`, then `await send`, against blocking msgsnd and msgrcv in C',
    ...measured,
    per: 'round trip',
    reference: 'c',
    compare: 'ratio',
    runs: [
      run('c', 'C', 'trip'),
      run('sysvmq', 'sysvmq', 'trip'),
      ...channels('trip'),
      run('zeromq', 'zeromq.js ipc', 'trip'),
      run('svmq', 'svmq', 'trip'),
    ],
    targets: belowChannels('sysvmq', 1),
  },
  {
    id: 'trip-parked',
    group,
    title: 'There and back, without polling, 64 bytes',
    what: 'the same with `spin: 0`: every receive parks a thread',
    ...measured,
    per: 'round trip',
    reference: 'c',
    compare: 'ratio',
    runs: [run('c', 'C', 'trip'), run('sysvmq', 'sysvmq, spin: 0', 'trip-parked'), ...channels('trip')],
  },
  {
    id: 'trip-one-processor',
    group,
    title: 'There and back on one processor, without polling, 64 bytes',
    what: 'the row before, with both processes of each contender on the same processor (taskset)',
    ...measured,
    per: 'round trip',
    reference: 'c',
    compare: 'ratio',
    runs: [run('c', 'C', 'trip'), run('sysvmq', 'sysvmq, spin: 0', 'trip-parked'), ...channels('trip')].map((one) => ({
      ...one,
      onOneProcessor: true,
    })),
    targets: [{ run: 'sysvmq', against: 'unix-socket', atMost: 1 }],
  },
  {
    id: 'trip-busy',
    group,
    title: 'There and back on one processor beside a busy process, 64 bytes',
    what: 'both processes of each contender share one processor with a program that never rests',
    ...measured,
    busyNeighbor: true,
    per: 'round trip',
    reference: 'sysvmq-parked',
    compare: 'ratio',
    runs: [
      run('sysvmq-parked', 'sysvmq, spin: 0', 'trip-parked', 64, 'sysvmq'),
      run('sysvmq', 'sysvmq, polling as by default', 'trip'),
      run('unix-socket', 'Unix socket', 'trip'),
    ].map((one) => ({ ...one, onOneProcessor: true })),
    targets: [{ run: 'sysvmq', against: 'sysvmq-parked', atMost: 1 }],
  },
  {
    id: 'json-200',
    group,
    title: 'Objects of 200 bytes as JSON, one way',
    what: '`codecs.json()`, `await queue.send()` there, `for await` here, against child_process IPC; and what its parts take alone',
    ...measured,
    per: 'object',
    reference: 'child-process-json',
    compare: 'ratio',
    runs: [
      run('child-process-json', NODE_CHANNELS['child-process-json'], 'json', 200),
      run('sysvmq', 'sysvmq', 'json', 200),
      ...channels('json', 200).slice(1),
      run('json-alone', 'JSON.stringify + JSON.parse alone', 'json-alone', 200, 'sysvmq'),
      run('stream-200', 'sysvmq, as many bytes one way', 'stream', 200, 'sysvmq'),
    ],
    targets: [
      { run: 'sysvmq', againstSumOf: ['json-alone', 'stream-200'], atMost: 1.15 },
      ...['child-process-json', 'worker-threads'].map((against) => ({ run: 'sysvmq', against, atMost: 1 })),
    ],
  },
];
