// What the page says of a case beside its figures, by the case's id: what limits it, or what a figure does not tell.
export const notes = {
  'pair-64':
    '`koffi, no data handed out` calls msgsnd and msgrcv on the same two buffers without a copy; a program that keeps what ' +
    'it receives can not do that. Ruby has no System V queues of its own; here it calls C through Fiddle. zeromq.js and svmq ' +
    'have no call that does not wait: theirs are awaited. What limits ours is told in docs/internals.md: some 90 ns of a pair are the ' +
    'two crossings into native code, whose returns the processor predicts wrongly after a system call.',
  'pair-1k': 'The memory that each message is handed out in is fresh: V8 frees it late, when it has left the caches.',
  'pair-8k':
    'svmq receives at most 4052 bytes. C and PHP write into the same memory again and again; here each message has its own, which ' +
    'the garbage collector gives back some 32 MiB later: the copy into memory that is in no cache costs more than all the rest.',
  'strings-64':
    "Node's utf8Write and utf8Slice take 45 ns each for 64 characters, beside what a pair takes anyhow; that no character was lost is " +
    'looked for in another 10.',
  'many-64':
    'There are no crossings to save here. Some 45 ns a message are its way in (the iterator, the checks, the copy into the batch), ' +
    'some 40 a Buffer and an object made for it.',
  'await-64':
    'The calls are those of the first row. What is more is two promises, two turns of the microtask queue, and what the garbage ' +
    'collector has to do with them; an `await` of a promise that is resolved already takes some 60 ns by itself.',
  'trip-hot':
    'Four calls of the kernel (C: the same four, and two switches between threads), a turn of the event loop on either side, and two ' +
    'awaits; half of the round trips take less than 6 µs, and the garbage collector the rest. Two processes that poll need a ' +
    'processor each. A message port wakes a thread of the same process, and hands the memory over.',
  'trip-parked':
    'What is measured here is where the scheduler has put the processes. To wake a processor that sleeps takes some 40 µs on this ' +
    'virtual machine (two C programs bound to one processor each: 86 µs there and back), a switch on the same one 1.2 µs. Pipes and ' +
    'sockets tell the scheduler that the sender is about to wait, and it puts both on one processor; msgsnd does not, and the two C ' +
    'programs happen to share one, while two Node processes stay where they are. The next row takes that away.',
  'trip-one-processor':
    'Two threads are woken for each message, the one that waits in msgrcv and the event loop; C and the pipes wake one. That is the ' +
    'price of a wait that takes nothing.',
  'json-200': 'JSON.stringify and JSON.parse of 200 bytes take 2 µs by themselves.',
  require:
    'Two files are loaded, and half of the time V8 reads their code; docs/internals.md has the rest. The first call loads the ' +
    'addon, as the others do at once.',
  wake: 'What wakes has slept since all the other queues had their turn: its thread and its line are in no cache any more.',
  'stream-64':
    'A receiver does in JavaScript what the third row and an iterator do, and is what the two wait for. ' +
    "Node's own channels carry strings here, which they do faster than bytes. A message port does not make its sender wait: " +
    'its messages pile up in memory. Sockets and child_process put many messages into one system call; a queue takes one ' +
    'call for each.',
};
