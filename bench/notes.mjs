// The page's remarks on a case beside its figures, by the case's id: what limits it, or what a figure hides.
export const notes = {
  'pair-64':
    '`koffi, no data handed out` calls msgsnd and msgrcv on the same two buffers without a copy; a program that keeps what ' +
    'it receives cannot do that. Ruby has no System V queues of its own; here it calls C through Fiddle. zeromq.js and svmq ' +
    'have no call that never waits: theirs are awaited. docs/internals.md explains what limits sysvmq: some 90 ns of a pair are the ' +
    'two crossings into native code, whose returns the processor predicts wrongly after a system call.',
  'pair-1k': 'Each message is handed out in fresh memory: V8 frees it late, when it has left the caches.',
  'pair-8k':
    'svmq receives at most 4052 bytes. C and PHP write into the same memory every time. Here each message has its own memory, which ' +
    'the garbage collector returns some 32 MiB later: the copy into memory that no cache holds costs more than the rest.',
  'strings-64':
    "Node's utf8Write and utf8Slice take 45 ns each for 64 characters, on top of the time of a pair; the check that no character " +
    'was lost takes another 10.',
  'many-64':
    'There are no crossings to save here. Some 45 ns a message are its way in (the iterator, the checks, the copy into the batch), ' +
    'and some 40 a Buffer and an object made for it.',
  'await-64':
    'The calls are those of the first row. The difference is two promises, two turns of the microtask queue, and their garbage ' +
    'collection; an `await` of a promise that is already resolved takes some 60 ns by itself.',
  'trip-hot':
    'Four system calls (C: the same four, and two switches between threads), a turn of the event loop on either side, and two ' +
    'awaits; half of the round trips take less than 6 µs, and garbage collection the rest. Two processes that poll need a ' +
    'processor each. A message port wakes a thread of the same process, and hands the memory over.',
  'trip-parked':
    'This row measures where the scheduler has put the processes. Waking a processor that sleeps takes some 40 µs on this ' +
    'virtual machine (two C programs bound to one processor each: 86 µs there and back), a switch on the same one 1.2 µs. Pipes and ' +
    'sockets tell the scheduler that the sender is about to wait, and it puts both on one processor; msgsnd does not. The two C ' +
    'programs happen to share one, while two Node processes stay where they are. The next row removes that effect.',
  'trip-one-processor':
    'Two threads wake for each message, the one that waits in msgrcv and the event loop; C and the pipes wake one. That is the ' +
    'price of a wait that takes nothing.',
  'json-200': 'JSON.stringify and JSON.parse of 200 bytes take 2 µs by themselves.',
  require:
    'Two files are loaded, and V8 reads their code in half of the time; docs/internals.md has the rest. The first call loads the ' +
    'addon, which the others load at once.',
  wake: 'The thread that wakes has slept while all other queues had their turn: no cache holds its stack or its line.',
  'stream-64':
    'A receiver does in JavaScript what the third row and an iterator do, and is what the two wait for. ' +
    "Node's own channels carry strings here, which they do faster than bytes. A message port does not make its sender wait: " +
    'its messages pile up in memory. Sockets and child_process put many messages into one system call; a queue takes one ' +
    'call for each.',
};
