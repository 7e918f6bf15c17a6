// The parts of npm run trust, one entry each: trust/NAME.mjs takes --minutes, --seed and --json.
//
// `share` is its part of the minutes that there are, `shortMinutes` its length with --short; `title`, `tried`, `found` (what
// was found and mended) and `left` (what it does not show) are for docs/reliability.md.

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
];
