// What waiting costs: memory, and waking where many wait.
import { join } from 'node:path';
import { BUILD, contenderPath } from '../harness/places.mjs';

const group = 'Waiting';
const WAITS = [1, 100, 1000, 10_000];
const CONSUMERS = [1, 2, 4, 8];
const CONCURRENCY = 8;

const wake = (count) => ({
  id: `waits-${count}`,
  name: count === 1 ? '1 queue' : `${count.toLocaleString('en')} queues`,
  contender: 'wake',
  args: [String(count), process.execPath, contenderPath('waiter.mjs')],
  operation: 'wake',
  bytes: 64,
});

function consumers(operation) {
  const run = (id, name, processes, command) => ({
    ...{ id, name, contender: 'consumers', operation, bytes: 64 },
    args: [String(processes), ...command],
  });
  const runsOf = (id, name, command) =>
    CONSUMERS.map((count) => run(`${id}-${count}`, `${name}, ${count} waiting`, count, command));
  const handlers = [process.execPath, contenderPath('consuming.mjs'), String(CONCURRENCY)];
  return [
    ...runsOf('c', 'C', [join(BUILD, 'consumer')]),
    ...runsOf('sysvmq', 'sysvmq', [process.execPath, contenderPath('consumer.mjs')]),
    run('concurrency', `sysvmq, one process with consume({ concurrency: ${CONCURRENCY} })`, 1, handlers),
  ];
}

export const waiting = [
  {
    id: 'memory',
    group,
    title: 'Memory of one idle waiting receive',
    what: 'the resident set of a process, before and after 1000 receives wait, each for a queue of its own; over 1000',
    kind: 'fresh processes',
    roundsFactor: 0.25,
    unit: 'KiB',
    per: 'wait',
    compare: 'none',
    runs: [{ id: 'sysvmq', name: 'sysvmq', contender: 'memory', operation: 'memory', bytes: 0, count: 1000 }],
    targets: [{ run: 'sysvmq', atMost: 24 }],
  },
  {
    id: 'wake',
    group,
    title: 'Waking a process in which many queues wait',
    what: 'a program in C sends to one queue of many and waits for the answer, which Node sends when its receive has resolved',
    kind: 'slices',
    roundsFactor: 0.5,
    unit: 'ns',
    per: 'wake and answer',
    reference: 'waits-1',
    compare: 'ratio',
    runs: WAITS.map(wake),
    targets: WAITS.slice(1).map((count) => ({ run: `waits-${count}`, against: 'waits-1', atMost: 1.3 })),
  },
  {
    id: 'consumers-send',
    group,
    title: 'The cost to a sender of processes that wait for one queue',
    what: 'the time of one msgsnd in C while all of them wait; the kernel wakes one blocked C program, or every process that waits without taking',
    kind: 'slices',
    roundsFactor: 0.5,
    sliceFactor: 0.02,
    unit: 'ns',
    per: 'message',
    reference: 'c-1',
    compare: 'ratio',
    runs: consumers('send'),
    targets: [
      { run: 'sysvmq-8', against: 'c-8', atMost: 4 },
      { run: 'concurrency', against: 'c-8', atMost: 4 },
    ],
  },
  {
    id: 'consumers-throughput',
    group,
    title: 'Messages through a queue that processes compete for',
    what: 'a program in C sends as fast as it can, until the last message is taken',
    kind: 'slices',
    roundsFactor: 0.5,
    unit: 'ns',
    per: 'message',
    reference: 'c-1',
    compare: 'ratio',
    runs: consumers('throughput'),
  },
];
