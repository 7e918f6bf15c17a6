// The parts of npm run trust, one entry each: trust/NAME.mjs takes --minutes, --seed and --json.
//
// `share` is its part of the minutes that there are, `shortMinutes` its length with --short; one that can not do its work in
// any time has `leastMinutes`, below which it does less. `title`, `tried`, `found` (what was found and mended) and `left` (what
// it does not show) are for docs/reliability.md.

export const parts = [
  {
    name: 'chaos',
    share: 3,
    shortMinutes: 0.1,
    title: 'Chaos',
    tried: `Four senders, four receivers and a remover, in processes of their own, each in one of the ways to send and to
receive (try, sync, async with and without a timeout, many, streams, iteration, all selectors). They are killed, stopped and
continued at random; msgmnb, msgmax, msgmni and msg_qbytes change under them; queues are removed and made again with the same
key. Every process writes down what it is about to send, what the library said of it, and what it got. In the end every
message is accounted for: delivered, in a queue, gone with a removed queue (never more than that could hold), or in the hands
of a killed process (never more than that can have taken). It is a failure if one comes twice, late, changed, from another
queue or though its send had failed, if a call fails with anything but the typed errors that the changes explain, or if a process does
not stop.`,
    found: ['Nothing in the library so far.'],
    left: [
      'A seed makes the same schedule again, not the same interleaving of the processes in the kernel.',
      'Empty messages, which the wait itself takes, are not sent here; test/waiting has their races.',
    ],
  },
  {
    name: 'leaks',
    share: 4,
    shortMinutes: 0.25,
    title: 'Leaks',
    tried: `Messages through every path, each path in a process of its own. After a quarter of the time to warm up come up to 40
samples, each after garbage collections. RSS and heap (V8's heap and external memory): the slope of the line through the
samples, by least squares, ± its standard error, in bytes a message. It is a failure if that line rises by more than 8 MiB (RSS) or
1 MiB (heap) over all samples, or if there are more threads, file descriptors or queues at the end than after the warm-up.`,
    found: [
      'Nothing in the library so far. RSS grew in steps in the first runs: V8’s young generation, which has one size since.',
    ],
    left: [
      'RSS moves by some MiB as V8 likes: with few messages its slope means little, and the standard error says so.',
    ],
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
    left: ['Rates are those of a machine that did other things, too; docs/benchmarks.md is where speed is measured.'],
  },
  {
    name: 'model',
    share: 4,
    shortMinutes: 0.1,
    title: 'Model',
    tried: `Random sequences of up to 100 calls of \`MessageQueue\` (fast-check) on three handles of a queue, against a model of a
queue: sends and receives of all forms, which wait, are given up or time out; all selectors; limits, closing, removal. The
process has neither CAP_IPC_OWNER nor CAP_SYS_ADMIN and the queues are another user's, so that mode, owner and group, which it and
another process change, decide what it may do. After each call everything that was seen, and what IPC_STAT says, must be
something that the model can come to, and after which nothing more can happen: a message that was lost, doubled or overtaken, a
wait that was not woken, a wait that goes on though permission was taken away, or a refusal too many is a failure.`,
    found: ['Nothing in the library so far.'],
    left: [
      'An empty message that is sent in the moment in which a receive is given up: test/waiting has it.',
      'One process: what other processes do at the same time is for chaos.',
    ],
  },
  {
    name: 'codecs',
    share: 2,
    shortMinutes: 0.05,
    title: 'Codecs',
    tried: `Random bytes, and encodings of real values with a few bytes changed, through real queues to every codec, and to the
readers of message lines and of the headers of requests and replies. Each is a value, or a \`DecodeError\` that has the message
whole; no message is lost or doubled, and the process lives.`,
    found: [
      'Nothing so far. The tests of codecs before it found one that throws something other than an Error; that is a DecodeError now.',
    ],
    left: ['Most bytes are refused early; the figures say how many were values.'],
  },
  {
    name: 'server',
    share: 2,
    shortMinutes: 0.05,
    title: 'Requests under attack',
    tried: `A live \`RequestServer\` and \`RequestClient\`, with a reply queue of its own, a shared one, or one queue for both, to which
somebody sends random bytes, requests with damaged headers, with reply queues that there are not or that are not theirs, replies that
nobody has asked for, and floods of empty messages. Meanwhile honest requests are asked, and some are given up. Each honest request is
handled once and answered once; \`stats\` counts each message that was refused under what it was.`,
    found: ['Nothing in the library so far.'],
    left: [
      'A reply that somebody forges with the id of a pending request: who may read the queue can do that, and no check can tell (SECURITY.md).',
      'A queue that somebody fills for good: its senders wait, and time out.',
    ],
  },
  {
    name: 'fuzz',
    share: 4,
    shortMinutes: 0.2,
    title: 'Fuzzers',
    tried: `libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer over native/core/: any arguments of its system calls and
bounded waits, and any sequence of calls on waiters and senders while another thread sends and receives; every result is compared
with what it must be.`,
    found: ['Nothing in the library so far.'],
    left: ['Which of two threads is quicker is not the seed’s to decide.'],
  },
  {
    name: 'native',
    share: 2,
    shortMinutes: 1,
    leastMinutes: 5,
    title: 'Native tests',
    tried: `The C++ tests of native/core/, with their races of thousands of rounds, under ThreadSanitizer, under AddressSanitizer with
UndefinedBehaviorSanitizer, as they are, and under valgrind’s memcheck. Any report of theirs is a failure, as are memory that is
definitely lost and file descriptors that are open at the end.`,
    found: [
      'The sanitizers and valgrind have reported nothing of the library.',
      'When the tests were written they showed that MSG_COPY without IPC_NOWAIT, which the kernel refuses, was accepted in a worker: a bounded wait tries with IPC_NOWAIT first. Mended.',
    ],
    left: [
      'Under valgrind some tests are left out: those that hand the kernel bad memory on purpose, and those that expect the highest real-time signal, which valgrind keeps for itself.',
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
      'No report so far. The same tests of memory and bad input, without a sanitizer, had led to what is mended: memory that a program resized or gave away under the addon is measured before each call, long messages are collected without a turn of the event loop, and nothing of a caller’s object is asked while it is refused.',
    ],
    left: ['Leaks, which Node.js has at its end anyway: the part leaks looks for them.'],
  },
  {
    name: 'hostile',
    share: 1,
    shortMinutes: 0.5,
    leastMinutes: 2,
    title: 'Hostile neighbours and rights',
    tried: `The suite’s tests of neighbours that mean harm: memory that is taken away or changed during a call, floods of empty and of
huge messages, what does not decode, keys that another user took first, ids that come back as another’s queue, a peer that removes
queues in a loop. And one program with every kind of call under the rights that programs have: root, root with the capabilities of a
default container, an ordinary user, root of a rootless user namespace with and without an IPC namespace, and seccomp profiles
that refuse each of the four system calls with EPERM or ENOSYS. What each call comes to is named for each of them.`,
    found: [
      'Nothing since these tests are there. Those of the kernel’s facts before them found errors that named the wrong thing (an index for a queue’s id in MSG_STAT, a position for a type in MSG_COPY); mended.',
    ],
    left: ['Without root the tests that take another user are skipped; the figures say how many.'],
  },
  {
    name: 'kernels',
    share: 3,
    leastMinutes: 20,
    shortMinutes: 4,
    title: 'Kernels',
    tried: `Debian's kernels 6.1 and 6.12, each with PREEMPT_RT and without, in virtual machines (qemu without KVM, two processors),
with the tests of test/kernel, test/waiting and test/conformance: first those that depend on the kernel most, then the others in
an order of the seed, as far as the time goes. Root has CAP_SYS_RESOURCE there, so that what takes it is tried, with and without:
a queue may have more than MSGMNB, up to 2^31 − 1, and another program gives one more than 2^31. One machine is booted with
\`ipcmni_extend\` and has more than 32,768 queues.`,
    found: ['Nothing in the library so far.'],
    left: [
      'Emulated processors order memory as the machine below does, and are slow: races come out otherwise than on real ones.',
      'What is skipped there takes programs that the machines have not, or the opposite of a right that root has there.',
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
      'Nothing in the library. Tests were written for what none had reached: orders and keys of top and list, threads that cannot be had, the life of servers and clients.',
    ],
    left: [
      'A line that is reached is not a line that is tested: see the mutants.',
      'Processes that are killed do not say what they ran. native/binding/ is not counted. Why the rest is not reached is in trust/README.md.',
    ],
  },
  {
    name: 'mutation',
    share: 4,
    leastMinutes: 20,
    shortMinutes: 0.5,
    title: 'Mutants',
    tried: `Small mistakes in \`lib/\` (Stryker's), one at a time, in turn from all files, each against up to 15 s (30 s for what runs at
load) of the tests that see it, in namespaces of its own. The score is killed / (killed + survived).`,
    found: [
      'Nothing in the library. Tests that were missing: a receive that overtakes one that waits, a client that does not learn of the removal of its queue, a client that is let go while it asks.',
    ],
    left: [
      'A sample; lib/cli/ is left out unless --files names it.',
      'Some survivors would be killed by tests that take longer. What costs only memory or speed survives; Leaks and the benchmark look at that.',
    ],
  },
];
