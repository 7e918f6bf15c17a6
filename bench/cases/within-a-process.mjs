// A message in and out again within one process, or one thread: the cost of the calls themselves.

const run = (id, name, operation, bytes, contender = id) => ({ id, name, contender, operation, bytes });

const LANGUAGES = { python: 'Python sysv_ipc', php: 'PHP', perl: 'Perl', ruby: 'Ruby (Fiddle)' };
const AHEAD_OF = ['koffi', ...Object.keys(LANGUAGES)];

const languages = (operation, bytes) => Object.entries(LANGUAGES).map(([id, name]) => run(id, name, operation, bytes));

function pairs(id, size, bytes, atMost) {
  // svmq receives at most 4052 bytes.
  const small = bytes <= 4052 ? [run('svmq', 'svmq', 'pair', bytes)] : [];
  return {
    id,
    group: 'Within a process',
    title: `One message in and out without waiting, ${size}`,
    what: 'trySend + tryReceive, against msgsnd + msgrcv with IPC_NOWAIT',
    kind: 'slices',
    unit: 'ns',
    per: 'pair',
    reference: 'c',
    compare: 'ratio',
    runs: [
      run('c', 'C', 'pair', bytes),
      run('sysvmq', 'sysvmq', 'pair', bytes),
      run('koffi', 'koffi', 'pair', bytes),
      run('koffi-reused', 'koffi, no data handed out', 'pair-reused', bytes, 'koffi'),
      run('node-ffi', 'node:ffi', 'pair', bytes),
      ...languages('pair', bytes),
      run('zeromq', 'zeromq.js inproc', 'pair', bytes),
      ...small,
    ],
    targets: [
      { run: 'sysvmq', against: 'c', atMost },
      ...(bytes === 64 ? AHEAD_OF.map((against) => ({ run: 'sysvmq', against, atMost: 1 })) : []),
    ],
  };
}

export const withinAProcess = [
  pairs('pair-64', '64 bytes', 64, 1.3),
  pairs('pair-1k', '1 KiB', 1024, 1.4),
  pairs('pair-8k', '8 KiB', 8192, 1.4),
  {
    id: 'strings-64',
    group: 'Within a process',
    title: 'Strings in and out, 64 characters',
    what: 'trySend + tryReceive with codecs.utf8, against msgsnd + msgrcv of as many bytes',
    kind: 'slices',
    unit: 'ns',
    per: 'pair',
    reference: 'c',
    compare: 'ratio',
    runs: [
      run('c', 'C', 'pair', 64),
      run('sysvmq', 'sysvmq', 'text', 64),
      run('python', 'Python sysv_ipc', 'text', 64),
      run('php', 'PHP', 'pair', 64),
    ],
    targets: [{ run: 'sysvmq', against: 'c', atMost: 1.5 }],
  },
  {
    id: 'many-64',
    group: 'Within a process',
    title: 'A hundred at a time, 64 bytes',
    what: 'trySendMany + tryReceiveMany of 100, per message, against 100 msgsnd, then 100 msgrcv',
    kind: 'slices',
    unit: 'ns',
    per: 'message',
    reference: 'c',
    compare: 'ratio',
    runs: [run('c', 'C', 'many', 64), run('sysvmq', 'sysvmq', 'many', 64)],
    targets: [{ run: 'sysvmq', against: 'c', atMost: 1.15 }],
  },
  {
    id: 'await-64',
    group: 'Within a process',
    title: 'Awaiting, when there is room and a message, 64 bytes',
    what: 'await send + await receive, against msgsnd + msgrcv with IPC_NOWAIT',
    kind: 'slices',
    unit: 'ns',
    per: 'pair',
    reference: 'c',
    compare: 'ratio',
    runs: [
      run('c', 'C', 'pair', 64),
      run('sysvmq', 'sysvmq', 'await', 64),
      run('svmq', 'svmq', 'pair', 64),
      run('zeromq', 'zeromq.js inproc', 'pair', 64),
    ],
    targets: [{ run: 'sysvmq', against: 'c', atMost: 2 }],
  },
];
