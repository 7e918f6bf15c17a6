// The parts of npm run trust, one entry each: trust/NAME.mjs takes --minutes, --seed and --json.
//
// `share` is its part of the minutes given, `shortMinutes` its length with --short. A part that needs a least time to do all of its
// work has it in `leastMinutes`. `title`, `tried`, `found` (the faults that it found, and what was done about each) and `left` (the open questions)
// are for docs/reliability.md.

export const parts = [
  {
    name: 'chaos',
    share: 3,
    shortMinutes: 0.1,
    title: 'Chaos',
    tried: `Four senders, four receivers and a remover, in processes of their own, each with one of the ways to send and
receive (try, sync, async with and without a timeout, many, streams, iteration, all selectors). They are killed, stopped and
continued at random; msgmnb, msgmax, msgmni and msg_qbytes change under them; queues are removed and made again with the same
key. Every process records each message before it sends it, the outcome, and each message that it receives. At the end every
message is accounted for: delivered, in a queue, gone with a removed queue (never more than that could hold), or in the hands
of a killed process (never more than it can have taken). The part fails if a message arrives twice, late, changed, from another
queue, or although its send failed; if a call fails with any error that the changes do not explain; or if a process does not stop.`,
    found: ['Nothing in the library so far.'],
    left: [
      'A seed makes the same schedule again, not the same interleaving of the processes in the kernel.',
      'Empty messages, which the wait itself takes, are not sent here; test/waiting has their races.',
    ],
  },
  {
    name: 'consume',
    share: 2,
    shortMinutes: 0.5,
    leastMinutes: 8,
    title: 'Consumers that are killed',
    tried: `\`consume()\` in processes of their own, each of which writes down what it begins and what it has done, while a program
in C keeps the queue full. They are killed at random with SIGKILL, or stopped with SIGTERM; two rivals in C take from the same queue with plain
msgrcv; the queue is removed and made again, and limits change. Every message is handled. A message is begun again only
if the process that had begun it was killed; for each kill, at most as many as its handlers run at once. It is done twice if the kill came
between the end of its work and the note of that; the table counts these. Every byte is compared. Identical and empty messages are counted by \`job.id\`.`,
    found: [
      'close() never ended when the consumer had worked for two seconds and then waited: nothing could wake its second waiting thread. Fixed.',
    ],
    left: [
      'A message may be a byte short after a kill beside a rival (1 in 256 such kills): it is marked, and counted here.',
      'The seed does not decide between which two instructions a process is killed. The C++ tests of native/core/ kill at each step.',
    ],
  },
  {
    name: 'bridge',
    share: 3,
    shortMinutes: 0.5,
    leastMinutes: 12,
    title: 'Bridges that are killed',
    tried: `Bridges in processes of their own between queues and a real nats-server and redis-server (with its log, everysec). A program in C
keeps the queue of an out route full while the bridge is killed with SIGKILL within 80 ms of its start, up to 200 times; a
client publishes ahead of an in route that is killed as often. Every message is accounted for: out stores each once, in order, byte for byte; in
loses none, and repeats at most one for each kill. Identical messages are counted. With a deduplication window of 100 ms, and longer
pauses than that, the bridge reads the stream. In the chaos, messages go from a queue over the engine into a queue while both bridges and the
server are killed, connections are cut, or discard everything for up to 3 s. Once more over a Redis whose disk takes 0.4 s longer for each
fsync; what Redis forgets there is published again, and may come twice: up to 512 messages for each kill of Redis.`,
    found: [
      'Redis lost messages that it had acknowledged: 75,308 of 1,368,000 with the slow disk. In a chaos beside other work, 96 of 5,494,000 never came, most likely for the same reason. Until a slow fsync is over, it answers and does not write. The bridge keeps a message now until it is in the log of Redis; the same chaos then lost none.',
      'An in route over Redis stopped for good when its second connection did not open, as when the server is away just then. Fixed.',
      'The same during its subscription: the bridge connected again, and the route stayed stopped. Fixed.',
      'A bridge waited without end for a Redis server that accepts a connection and says nothing. Fixed.',
      'A chaos of a quarter of an hour over NATS: from the seventh minute on, nothing came out of the stream. At each start the in route read every message behind one without an acknowledgement again, hundreds of thousands, and was killed before it was through. Fixed.',
    ],
    left: [
      'The machine keeps running: after a power cut, the disk and the engine decide which messages remain.',
      'One server, no cluster and no replicas.',
      'A shorter run beside other work (--minutes 7 --seed 20261213 --only in,chaos) had 84 of 1,826,000 messages twice in the stream of Redis, and none lost. The likely cause was shown by itself: when its log is cut in the middle of a transaction, as by a kill, Redis 7.0.15 executes the part at the start after next.',
      'Once, beside much other work, the chaos over Redis did not come to its end. Three causes are gone since then: a bridge that waited for a silent server, the trial that waited for a bridge started at its last moment, and messages that Redis had lost. Which of them it was is not known.',
    ],
  },
  {
    name: 'moved-pages',
    share: 1,
    shortMinutes: 0.1,
    title: 'Pages that move',
    tried: `A kill in the middle of msgrcv can truncate a message, or lose it, while the kernel fetches the page that it copies
to. The C++ tests of the airlock kill consumers, one after the other, while memory is compacted without end. In two of them a thread
pages the slots out as fast as it can (MADV_PAGEOUT), and another one maps and unmaps memory, as V8 does, so that the kernel has to wait
for the memory map. In one, no slot is locked; in the other, the process may lock one slot at a time. Without swap, the part uses zram.`,
    found: [
      'Without mlock, 3 of 144,000 messages were cut short in 12,000 kills, and marked. All pages of a slot are fetched just before msgrcv now.',
      'Without mlock, 1 of 705,600 messages was lost in 58,800 kills. Where the whole file cannot be locked, its slots are locked now, and the page of the type is fetched last.',
    ],
    left: [
      'Where not even the slots in use may be locked, a page may still be taken away in the microsecond before msgrcv. It takes swap, a kill in that moment, and another thread that changes the memory map.',
    ],
  },
  {
    name: 'leaks',
    share: 4,
    shortMinutes: 0.25,
    title: 'Leaks',
    tried: `Messages through every path, each path in a process of its own. A quarter of the time is for warming up; up to 40
samples follow, each after garbage collections. RSS and heap (V8's heap and external memory): the slope of the line through the
samples, by least squares, ± its standard error, in bytes a message. The part fails if that line rises by more than 8 MiB (RSS) or
1 MiB (heap) over all samples, or if the process ends with more threads, file descriptors or queues than it had after the warm-up.`,
    found: [
      'Nothing in the library so far. In the first runs RSS grew in steps, which were V8’s young generation; its size is fixed now.',
    ],
    left: ['V8 moves RSS by some MiB: with few messages the slope means little, which the standard error shows.'],
  },
  {
    name: 'load',
    share: 2,
    shortMinutes: 0.2,
    title: 'Load',
    tried: `Producers and consumers in processes of their own on one queue of the default size, messages of 100 bytes,
\`send\` and \`receiveMany\`; every message that was sent is received. A queue is filled to the last byte, one more send waits, and
it is emptied, in order. Then 30,000 queues open at once, 10,000 receives pending on one queue, on 100, and on 100 with ten
types each, all of which get the message meant for them; messages of 64 MiB, compared by SHA-256; types of all sizes.`,
    found: ['Nothing in the library so far.'],
    left: ['The machine did other work at the same time: docs/benchmarks.md measures speed.'],
  },
  {
    name: 'model',
    share: 4,
    shortMinutes: 0.1,
    title: 'Model',
    tried: `Random sequences of up to 100 calls of \`MessageQueue\` (fast-check) on three handles of a queue, against a model of a
queue: sends and receives of all forms, which wait, are canceled or time out; all selectors; limits, closing, removal. The
process has neither CAP_IPC_OWNER nor CAP_SYS_ADMIN and the queues are another user's, so that mode, owner and group, which it and
another process change, decide what it may do. After each call, every result and what IPC_STAT reports must match a
final state of the model. A message that is lost, doubled or overtaken, a wait that is not woken, a wait that continues without
permission, and an unexplained refusal are failures.`,
    found: [
      'Two receives with different selections waited, and a message for one of them came together with an empty one for both. The first could receive the empty message, which the wait of the second had taken, while its own stayed in the queue. Nothing was lost. Fixed.',
    ],
    left: [
      'An empty message that is sent at the moment a receive is canceled: test/waiting covers it.',
      'There is only one process: the part chaos covers several.',
    ],
  },
  {
    name: 'codecs',
    share: 2,
    shortMinutes: 0.05,
    title: 'Codecs',
    tried: `Random bytes, and encodings of real values with a few bytes changed, through real queues to every codec, and to the
readers of message lines and of the headers of requests and replies. Each must give a value, or a \`DecodeError\` with the whole
message; no message may be lost or doubled, and the process must survive.`,
    found: [
      'Nothing so far. Earlier tests found a codec that throws something other than an Error; that is a DecodeError now.',
    ],
    left: ['Most bytes are refused early; the figures say how many were values.'],
  },
  {
    name: 'server',
    share: 2,
    shortMinutes: 0.05,
    title: 'Requests under attack',
    tried: `A live \`RequestServer\` and \`RequestClient\`, with a reply queue of its own, a shared one, or one queue for both, to which
an attacker sends random bytes, requests with damaged headers or with reply queues that do not exist or belong to others, replies
to no request, and floods of empty messages. Meanwhile honest clients send requests, and cancel some. Each honest request is
handled once and answered once; \`stats\` counts each refused message by its kind.`,
    found: ['Nothing in the library so far.'],
    left: [
      'A forged reply with the id of a pending request: a process that may read the queue can send one, and no check can detect it (SECURITY.md).',
      'A queue that an attacker keeps full: its senders wait, and time out.',
    ],
  },
  {
    name: 'fuzz',
    share: 4,
    shortMinutes: 0.2,
    title: 'Fuzzers',
    tried: `libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer over native/core/: any arguments of its system calls and
bounded waits, and any sequence of calls on waiters and senders while another thread sends and receives; every result is compared
with the expected one.`,
    found: ['Nothing in the library so far.'],
    left: ['The seed does not decide which of two threads is faster.'],
  },
  {
    name: 'native',
    share: 2,
    shortMinutes: 1,
    leastMinutes: 5,
    title: 'Native tests',
    tried: `The C++ tests of native/core/, with their races of thousands of rounds, under ThreadSanitizer, under AddressSanitizer with
UndefinedBehaviorSanitizer, without a sanitizer, and under valgrind’s memcheck. Any report is a failure, and so are memory that is
definitely lost and file descriptors that are open at the end.`,
    found: [
      'The sanitizers and valgrind have reported nothing of the library.',
      'When the tests were written they showed that MSG_COPY without IPC_NOWAIT, which the kernel refuses, was accepted in a worker: a bounded wait tries with IPC_NOWAIT first. Fixed.',
    ],
    left: [
      'Under valgrind some tests are left out: those that hand the kernel bad memory on purpose, and those that take or expect certain real-time signals, which valgrind keeps or delivers in its own time. airlock_kill_test, which kills a process at each of its instructions, does not run under it either: its steps would be valgrind’s own.',
    ],
  },
  {
    name: 'sanitized',
    share: 3,
    shortMinutes: 0.5,
    leastMinutes: 10,
    title: 'Addon under sanitizers',
    tried: `The addon, built with AddressSanitizer and UndefinedBehaviorSanitizer, inside Node.js: the programs of test/smoke, and the
tests of test/kernel, test/waiting, test/process and test/properties. A report in any of their processes is a failure.`,
    found: [
      'No report so far. The same tests of memory and bad input, without a sanitizer, led to three fixes: the addon measures memory before each call, because a program may resize or transfer it; long messages are collected without a turn of the event loop; and no property of a caller’s object is read while the object is refused.',
    ],
    left: ['Leaks, which Node.js has at its exit anyway: the part leaks measures them.'],
  },
  {
    name: 'hostile',
    share: 1,
    shortMinutes: 0.5,
    leastMinutes: 2,
    title: 'Hostile neighbors and rights',
    tried: `The suite’s tests of hostile neighbors: memory that is detached or changed during a call, floods of empty and of
huge messages, messages that do not decode, keys that another user took first, ids that come back as another’s queue, a peer that removes
queues in a loop. And one program with every kind of call under the rights that programs have: root, root with the capabilities of a
default container, an ordinary user, root of a rootless user namespace with and without an IPC namespace, and seccomp profiles
that refuse each of the four system calls with EPERM or ENOSYS. The tests name the outcome of each call for each of them.`,
    found: [
      'Nothing since these tests exist. Earlier tests found errors that named the wrong thing (an index as a queue’s id in MSG_STAT, a position as a type in MSG_COPY); fixed.',
    ],
    left: ['Without root the tests that take another user are skipped; the figures say how many.'],
  },
  {
    name: 'hostile-machine',
    share: 1,
    shortMinutes: 0.1,
    title: 'Hostile machines',
    tried: `One program with every way to wait, to send, to consume and to ask, under each of the limits that machines, services
and containers have: no file descriptor, thread, queued signal or lockable memory left; a library with much static thread-local
storage; seccomp that kills each call beyond systemd’s @system-service (without @resources, @chown, @setuid, @keyring, @aio);
/dev/shm full or absent; the wall clock stepped by a day to and fro; PID and time namespaces; hidepid=2; no /proc. It must end by itself,
and each way must end as it does elsewhere, or with the error that names the limit.`,
    found: ['Without /proc consume() threw a plain Error; it is an UnsupportedError that says so. Fixed.'],
    left: ['One limit at a time. The tests of test/hostile cover memory that is gone.'],
  },
  {
    name: 'kernels',
    share: 3,
    leastMinutes: 20,
    shortMinutes: 4,
    title: 'Kernels',
    tried: `Debian's kernels 6.1 and 6.12, each with PREEMPT_RT and without, in virtual machines (qemu without KVM, two processors),
with the tests of test/kernel, test/waiting and test/conformance: first all of the files that depend on the kernel most, then the others in
an order that the seed decides, without the tests that take 0.2 s and more, while time remains. The tests run without V8's compilers there. Root has CAP_SYS_RESOURCE there, so that calls that need it run with it and without it:
a queue may have more than MSGMNB, up to 2^31 − 1, and another program gives one more than 2^31, which the kernel stores with the
sign of a C int. One machine is booted with \`ipcmni_extend\` and has more than 32,768 queues. One has Debian's kernel 6.12 for arm64, and runs the
programs of test/smoke with the package's arm64 binary.`,
    found: [
      'With PREEMPT_RT on a busy machine, an empty message was received after later ones: it went back to the end of the queue, because the event loop had been busy for 50 ms. It now stays for the wait that it woke. Fixed, and not seen again.',
      'A test expected msg_qbytes beyond 2^31 as another program had asked for it; the kernel stores a number with the sign spread, and the library shows that one.',
    ],
    left: [
      'Emulated processors order memory as the host does, and are slow: races have other outcomes than on real processors.',
      'A machine runs as many files as its minutes allow; the figures count the others as not run.',
      'A message that a stream had taken waits 50 ms for the next receive, and then goes back to its queue. On an emulated processor those tests come too late: they failed here, and are skipped there since.',
      'The tests that are skipped there need programs that the machines lack, or the absence of a right that root has.',
    ],
  },
  {
    name: 'containers',
    share: 1,
    leastMinutes: 10,
    shortMinutes: 4,
    title: 'Containers',
    tried: `Podman with crun, in a virtual machine with Debian's kernel 6.12 (qemu without KVM), because crun takes cgroups that it may
manage. npm installs the packed package in a container of Debian's root (\`--rootfs\`), as an ordinary user, without a compiler or a
network. Then two containers exchange messages: as root and rootless, with a read-only root, over a shared IPC namespace, one that
is joined by its file, and a pod's; with limits by \`--sysctl\`, and under the default seccomp profile and profiles that refuse the calls.`,
    found: ['Nothing in the library.'],
    left: [
      'Docker, containerd and Kubernetes, and images from a registry: Podman takes the root of the machine itself.',
      'Cgroups for rootless containers, which systemd delegates: the machine has none, and they run with --cgroups=disabled.',
      'A pod with a cgroup of its own: Podman 4.3 made one without systemd in which crun could make no device. The pod runs with --share-parent=false.',
    ],
  },
  {
    name: 'coverage',
    share: 1,
    leastMinutes: 10,
    shortMinutes: 0.5,
    title: 'Coverage',
    tried: `The tests against \`lib/\` and \`native/core/\` with counters, in their own process and in those that they start.`,
    found: [
      'Nothing in the library. New tests reach what none had reached: orders and keys of top and list, threads that cannot be started, the life of servers and clients.',
    ],
    left: [
      'A line that runs is not a line that is tested: see the mutants.',
      'Processes that are killed report no coverage. native/binding/ is not counted. trust/README.md explains the lines that remain.',
    ],
  },
  {
    name: 'mutation',
    share: 4,
    leastMinutes: 20,
    shortMinutes: 0.5,
    title: 'Mutants',
    tried: `Small mistakes in \`lib/\` (Stryker's), one at a time, in turn from all files, each against up to 10 s (15 s for code that runs at
load) of the tests that reach it, without those that take 0.2 s and more, in namespaces of its own. The figures are those of all mutants that were
judged with the same \`lib/\`, in this run and in earlier ones. The score is killed / (killed + survived).`,
    found: [
      'A batch of messages was lost when there was no memory for their copies after a long message; and a wait that failed for a lack of memory stayed with its handle, whose close() then threw. Fixed.',
      'Tests that were missing: a receive that overtakes one that waits, a client that does not notice the removal of its queue, a client that is dropped while a request is pending; peek at an empty message or with a selection, one message that is replaced because it does not decode, what a refused send says, how long polling lasts.',
    ],
    left: [
      'This is a sample; lib/cli/ and lib/bridge/ are excluded unless --files names them.',
      'Slow tests, and those that start the command, would kill some survivors. A mutant that costs only memory or speed survives; Leaks and the benchmark cover those.',
    ],
  },
];
