// A message in and out again within one process, or one thread: the cost of the calls themselves.

const run = (id, name, operation, bytes, contender = id) => ({ id, name, contender, operation, bytes });

const LANGUAGES = { python: 'Python sysv_ipc', php: 'PHP', perl: 'Perl', ruby: 'Ruby (Fiddle)' };
const AHEAD_OF = ['koffi', ...Object.keys(LANGUAGES)];

const languages = (operation, bytes) => Object.entries(LANGUAGES).map(([id, name]) => run(id, name, operation, bytes));

// Room for one message of 64 KiB, where the kernel's defaults end at 8 KiB.
const LARGE = { msgmax: 65_536, msgmnb: 131_072 };

/** The targets of `into`, which hands out the caller's own memory. */
const intoTargets = [
  { run: 'sysvmq-into', against: 'floor', atMost: 1.1 },
  { run: 'sysvmq-into', against: 'php', atMost: 1 },
];

const measured = { group: 'Within a process', kind: 'slices', unit: 'ns', reference: 'c', compare: 'ratio' };

function pairs(id, size, bytes, targets) {
  // svmq receives at most 4052 bytes; node:ffi, Ruby and zeromq have shown what they are by 8 KiB.
  const small = bytes <= 4052 ? [run('svmq', 'svmq', 'pair', bytes)] : [];
  const others = bytes <= 8192 ? [run('zeromq', 'zeromq.js inproc', 'pair', bytes)] : [];
  const slow = bytes <= 8192 ? ['node-ffi', 'ruby'] : [];
  const has = ({ contender }) => !['node-ffi', 'ruby'].includes(contender) || slow.includes(contender);
  return {
    id,
    ...measured,
    title: `One message in and out without waiting, ${size}`,
    what: 'trySend + tryReceive, against msgsnd + msgrcv with IPC_NOWAIT',
    per: 'pair',
    floor: 'floor',
    ...(bytes > 8192 ? { limits: LARGE } : {}),
    runs: [
      run('c', 'C', 'pair', bytes),
      run('floor', 'Node-API floor', 'pair', bytes),
      run('sysvmq', 'sysvmq', 'pair', bytes),
      run('sysvmq-into', 'sysvmq, into memory of the caller', 'into', bytes, 'sysvmq'),
      run('koffi', 'koffi', 'pair', bytes),
      run('koffi-reused', 'koffi, no data handed out', 'pair-reused', bytes, 'koffi'),
      run('node-ffi', 'node:ffi', 'pair', bytes),
      ...languages('pair', bytes),
      ...others,
      ...small,
    ].filter(has),
    targets: [...targets, ...intoTargets],
  };
}

const overFloor = (atMost) => ({ run: 'sysvmq', against: 'floor', atMost });

/** The floor's share of C is what tells how dear a system call is on this machine, and with it how much may be added. */
const PAIR_64 = [
  { ...overFloor(1.25), when: 'a pair in C takes less than 1 µs', reference: 'c', below: 1000 },
  { ...overFloor(1.1), when: 'a pair in C takes 1 µs or more', reference: 'c', from: 1000 },
  ...AHEAD_OF.map((against) => ({ run: 'sysvmq', against, atMost: 1 })),
];

export const withinAProcess = [
  pairs('pair-64', '64 bytes', 64, PAIR_64),
  pairs('pair-1k', '1 KiB', 1024, [overFloor(1.15)]),
  pairs('pair-8k', '8 KiB', 8192, [overFloor(1.3)]),
  pairs('pair-64k', '64 KiB', 65_536, []),
  {
    id: 'strings-64',
    ...measured,
    title: 'Strings in and out, 64 characters',
    what: 'trySend + tryReceive with codecs.utf8, against msgsnd + msgrcv of as many bytes',
    per: 'pair',
    floor: 'floor',
    runs: [
      run('c', 'C', 'pair', 64),
      run('floor', 'Node-API floor', 'pair', 64),
      run('sysvmq', 'sysvmq', 'text', 64),
      run('python', 'Python sysv_ipc', 'text', 64),
      run('php', 'PHP', 'pair', 64),
    ],
    targets: [overFloor(1.4)],
  },
  {
    id: 'many-64',
    ...measured,
    title: 'A hundred at a time, 64 bytes',
    what: 'trySendMany + tryReceiveMany of 100, per message, against 100 msgsnd, then 100 msgrcv',
    per: 'message',
    runs: [run('c', 'C', 'many', 64), run('sysvmq', 'sysvmq', 'many', 64)],
    targets: [{ run: 'sysvmq', against: 'c', atMost: 1.1 }],
  },
  {
    id: 'await-64',
    ...measured,
    title: 'Awaiting, when there is room and a message, 64 bytes',
    what: 'await send + await receive, against msgsnd + msgrcv with IPC_NOWAIT',
    per: 'pair',
    floor: 'floor',
    runs: [
      run('c', 'C', 'pair', 64),
      run('floor', 'Node-API floor', 'pair', 64),
      run('sysvmq', 'sysvmq', 'await', 64),
      run('svmq', 'svmq', 'pair', 64),
      run('zeromq', 'zeromq.js inproc', 'pair', 64),
    ],
    targets: [overFloor(1.4)],
  },
];
