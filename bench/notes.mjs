// The page's remarks on a case beside its figures, by the case's id: what limits it, or what a figure hides.
export const notes = {
  'pair-64':
    '`koffi, no data handed out` calls msgsnd and msgrcv on the same two buffers without a copy; a program that keeps ' +
    'what it receives cannot do that. Ruby has no System V queues of its own; here it calls C through Fiddle. ' +
    'zeromq.js and svmq have no call that never waits: theirs are awaited. This processor has no PCID and isolates ' +
    'page tables, so each system call empties the TLB: every page of code and data that is touched between two calls ' +
    'is looked up again. sysvmq adds a copy in, a copy out, a Buffer, a Message and the checks to the floor. PHP adds ' +
    'less than a tenth of a microsecond to the floor: an extension of PHP calls the kernel without the two crossings ' +
    'that Node-API takes, and its string is the copy. Tried without gain: the numbers of the registers in the code ' +
    'instead of looked up (3.33 µs before, 3.37 after, in turn in one process). With `into`, a call also reads and checks ' +
    'its options, and looks up the Buffer that the last message of this length got over the same memory.',
  'pair-8k':
    'svmq receives at most 4052 bytes. C and PHP write into the same memory every time. Here each message gets its ' +
    'own memory, which the garbage collector returns some 32 MiB later: the copy into memory that no cache holds ' +
    'costs more than the rest. `into` avoids it. Tried without gain: blocks of 32 KiB to 1 MiB. A FinalizationRegistry ' +
    'could return memory sooner, but calls back between turns of the event loop only, and never within a loop like this ' +
    'one. With `into`, the message is copied once in and once out beyond what the kernel does: the kernel cannot write ' +
    "straight into the caller's memory, because msgrcv also writes the type into the eight bytes before the text.",
  'strings-64':
    "Node's utf8Write and utf8Slice take 45 ns each for 64 characters, on top of the time of a pair; the check that no character " +
    'was lost takes another 10.',
  'many-64':
    'There are no crossings to save here. Some 45 ns a message are its way in (the iterator, the checks, the copy into the batch), ' +
    'and some 40 a Buffer and an object made for it.',
  'await-64':
    'The calls are those of the first row. The difference is two promises, two turns of the microtask queue, and ' +
    'their garbage collection: in a profile, promises and microtasks took 23 % of the time, this library 18 %, and garbage ' +
    'collection 3 %. A full turn of the event loop after 0.25 ms cost 8 % of it: with turns of 4 ms a pair ' +
    'took 1.62 times the floor instead of 1.77, and everything else in the process would wait as long. Most of that was ' +
    'AsyncResource.bind, once in a turn; without it, a pair took 5.7 µs of processor time instead of 6.3 in turn.',
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
    'Two threads wake for each message, the one that waits in msgrcv and the event loop; C and the pipes wake one. ' +
    'That is the price of a wait that takes nothing. A thread that does not linger before it rests changes nothing ' +
    'here: 66.4 µs instead of 66.8.',
  require:
    'The first call loads the addon; the other libraries load theirs at once. Of the modules of Node.js that an empty ' +
    'program has not loaded, this library takes three small ones: node:os, node:diagnostics_channel and ' +
    'node:async_hooks.',
  'stream-64':
    "A receiver does in JavaScript what the third row and an iterator do, and is what the two wait for. Node's own " +
    'channels carry strings here, which they do faster than bytes. A message port does not make its sender wait: its ' +
    'messages pile up in memory. Sockets and child_process put many messages into one system call; a queue takes one ' +
    "call for each. The sender and the receiver take turns at the queue's lock in the kernel, and the figure moves by " +
    'half between runs on two processors.',
  'pair-1k':
    'Each message gets fresh memory: V8 frees it late, when it has left the caches. With `into`, a call also reads ' +
    'and checks its options, and looks up the Buffer over that memory. ' +
    'docs/internals.md has the arenas that were tried.',
  'pair-64k':
    'As for 8 KiB: the memory costs more than the message. `into` writes into the same memory every time, after the ' +
    'copy that the inbox takes.',
  'stream-many-64':
    'One system call for each message, as in C. The batch adds the copy in, and a Buffer and an object ' +
    'for each message. In a profile of both processes, our JavaScript took 12 % of the time, garbage collection and microtasks ' +
    '3 %, and the threads that wait for a message or for room 10 %; system calls and switches between threads took the rest. ' +
    'So most of what is above C is waking: when the queue is full or empty, a thread and then its event loop wake, and in C ' +
    'the program itself.',
  'json-200':
    'JSON.stringify and JSON.parse of 200 bytes take 1.5 µs by themselves. The rest is the row of one message at a ' +
    'time, with 200 bytes. In a profile of both processes, JSON.parse took 7 % of the time and JSON.stringify 5 %, msgsnd and ' +
    'msgrcv 6 %, and the thread that waits for room 9 %. The channels of Node.js put many objects into one system call, and a ' +
    'queue takes one for each.',
  'consume-64':
    'A message is written into shared memory, noted there before and after its handler, and copied out. An async ' +
    'handler adds a promise and a turn of the microtask queue.',
  'bridge-out-100':
    'The client publishes what it has in memory, without headers. The bridge also takes each message from the kernel, with two ' +
    'system calls, and the kernel wakes the sender for each, because the queue is full. The message names its id, type ' +
    'and origin in headers: with the same headers, the client takes about 1.5 times as long, and the server 1.4 times the processor ' +
    'time. The sender, the bridge and the server share two processors here, so the sum of their processor time limits the rate: in ' +
    'a run by itself 2 to 3 µs for the sender, 14 to 18 for the bridge and 13 to 16 for the server, against 6 for the client and 8 for ' +
    'its server. With a processor for each, the slowest of them would limit it. Tried without a gain: to take only when an eighth, ' +
    'a quarter or half of the window is free; to look at an empty queue two to eight times before a wait; subjects of acknowledgements ' +
    'that come again, which the server can look up faster; headers written without a string for each.',
  'bridge-out-4096':
    'As for 100 bytes; and a queue of the default size holds four of these messages, so that the sender and the bridge wait ' +
    'for each other: see the same with a queue of 1 MiB. The target takes less than there is: the client took 11 to 15 µs of ' +
    'processor time for a message, and the server 20 to 24; with the bridge and the large queue, the sender took 5, the bridge 20 to 27, and the server ' +
    '25 to 28. With a processor for each, the server would be the slowest of them on both sides. Tried without a gain: ' +
    'to yield the processor to the sender and look again, twice or eight times, before a wait.',
  'bridge-out-100-large-queue': 'As with a queue of the default size, but the sender waits less often.',
  'bridge-out-4096-large-queue':
    'As with a queue of the default size, but the sender waits less often. The sum of the processor time stays.',
  'bridge-in-100':
    'A message is sent into the queue by msgsnd, which wakes the reader, is noted in shared memory, and acknowledged; the ' +
    'client only reads and acknowledges. The note of a message in order is two stores to memory; it was a system call, which ' +
    'took an eighth of the time of the bridge. The bridge reads the position of a message by itself, which took the client a twelfth. ' +
    'While the queue is full, a thread sends the next messages as there is room, and notes them. Runs of one day had 1.35 to 1.73 ' +
    'times the client. Measured after the other rows, like all of this direction without a proxy, and those of Redis.',
  'bridge-in-4096':
    'As for 100 bytes; and the queue holds four of these messages, so that the bridge waits for its reader: see the same with a queue of ' +
    '1 MiB. It was 2.8 times the client with a wake of the event loop for each few messages; runs of one day had 2.09 to 2.48 ' +
    'since a thread sends them. Tried without a gain: to try for 30 µs before the thread waits; a turn of the event loop ' +
    'before it is asked.',
  'bridge-in-4096-large-queue': 'As for 100 bytes.',
  'bridge-redis-out-100':
    'The bridge sends up to 128 messages with one call of a script, which stores each once; the client sends an XADD for each. So the ' +
    'bridge takes about as much processor time for a message as the client. An INFO behind each batch says when it is in the log.',
  'bridge-redis-in-100':
    'The client reads and acknowledges 256 messages with two commands. The bridge does the same, and sends each message into the queue, ' +
    'and notes it in shared memory.',
  'bridge-latency-100':
    'One process more than the client: the thread of the bridge that waits in msgrcv wakes its event loop, which takes the message ' +
    'and publishes. So there are four wakes instead of two; see the round trips for what a wake costs on this virtual machine. The ' +
    'bridge writes to its socket before it waits again, which wakes its thread: 2.4 times the client instead of 2.8 beside other ' +
    'work, and 240 µs of processor time instead of 340. Tried: to look at the queue for 100 or 400 µs before a wait: 2.7 and 2.3 ' +
    'instead of 2.6. Not kept, because a bridge would use a processor for that time after each message. Looking for two to eight ' +
    'turns of the event loop changed nothing: the next message comes later than that.',
  'consumers-send':
    'Each process that waits is woken by each message, because a wait takes nothing: one gets the message, and the ' +
    'others rest for up to 8 ms after two misses (see docs/internals.md). With C the kernel hands the message to one process. If many ' +
    'consumers wait for one queue, use one process with `consume({ concurrency })`: there one thread waits, and a send costs ' +
    'what it costs with one process that waits. Beside other work, in turn: C 25 µs with eight, one process with eight handlers ' +
    '77, eight processes 310. Tried without a gain: a thread that rests at once instead of lingering (81 µs instead of 79 with ' +
    'one process; 105 instead of 77 with eight handlers).',
  'steady-processor-time-100':
    'This row has two states: in a run beside other work, all seven rounds took 36 to 51 ms, and 21 to 27 over the ' +
    'socket (1.7 ×); in a run on a quiet machine, two took 45 ms, and the others 180 to 350, with and without polling, ' +
    'and not over the socket. The cause of the second state is not found: each message takes the same three switches ' +
    'between threads (/proc/PID/task), two of them of the thread in msgrcv, which itself takes a quarter of the time ' +
    '(10 of 43 ms). See the row of 1,000 messages a second for what was tried.',
  'steady-processor-time-1000':
    'Two threads wake for each message (see the round trips), and a wake costs some 22 µs of processor time here. ' +
    'Polling is off at this rate. Tried without gain: a thread that rests at once instead of lingering (115 ' +
    'ms a second instead of 111).',
  'steady-processor-time-6000':
    'As at 1,000 a second. Polling comes on after each message that arrives within 50 µs of the one before, which a ' +
    'sixth does: `spin: 0` turns it off. A program that receives as many messages spends less if it takes them with ' +
    '`receiveMany`.',
  wake:
    'The thread that wakes has slept while all other queues had their turn: no cache holds its stack or its line. A program in C ' +
    'with a thread for each queue, blocked in msgrcv, which answers itself, shows the same: with 1,000 queues it took 2.8 times as ' +
    'long as with one (23 and 66 µs), and this library 3.9 times in the same run, beside other work.',
  'require-processor-time':
    'Both targets are for a machine on which an empty program takes 40 ms; here it takes twice to three times as long. ' +
    'The rest is V8: it takes some 0.1 ms for each KB of JavaScript, and half of that is page faults, which take 10 to ' +
    '17 µs each in this virtual machine (--cpu-prof, perf record -e page-faults). The addon is no part of it, and takes ' +
    '0.4 ms at the first call. Importing node:crypto, node:stream and node:perf_hooks later took 13 of 33.6 ms off; a ' +
    'file in ASCII only, with tabs, one object of exports and no const enums (171 KB instead of 200) another 3 of 22. ' +
    'A minifier that keeps the names of functions gains nothing more. A code cache would be valid for one version of V8.',
  'import-processor-time':
    'The row above, and the loader of ES modules: an empty module costs more than an empty script. `import` reads every ' +
    'name of the package. Functions that few programs call are loaded at their first call, which took 9 of 44 ms off; ' +
    'RequestClient and RequestServer, as classes, are loaded at once.',
  size:
    'The airlock of consume() and its recovery came in 36 KB. Less would take another language or fewer checks. ' +
    'Tried: -Os and no unwind tables make 71,520 bytes of 83,888; not kept, because debuggers and profilers need the tables. ' +
    'The file is mapped, not read.',
};
