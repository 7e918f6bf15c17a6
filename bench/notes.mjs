// What the page says of a case beside its figures, by the case's id: what limits it, or what a figure does not tell.
export const notes = {
  'pair-64':
    '`koffi, no data handed out` calls msgsnd and msgrcv on the same two buffers without a copy; a program that keeps what ' +
    'it receives can not do that. Ruby has no System V queues of its own; here it calls C through Fiddle. zeromq.js and svmq ' +
    'have no call that does not wait: theirs are awaited.',
  'pair-8k': 'svmq receives at most 4052 bytes.',
  'stream-64':
    "Node's own channels carry strings here, which they do faster than bytes. A message port does not make its sender wait: " +
    'its messages pile up in memory. Sockets and child_process put many messages into one system call; a queue takes one ' +
    'call for each.',
};
