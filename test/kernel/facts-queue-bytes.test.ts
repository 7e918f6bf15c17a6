/** msg_qbytes beyond MSGMNB, which takes CAP_SYS_RESOURCE: up to 2^31 − 1 by the library, and more by another program. */

import { execFileSync } from 'node:child_process';
import { getUsage, listQueues, MessageQueue } from '../../lib/index';
import { IPC_STAT, msgctl } from '../../lib/syscalls';
import { itNeeds, program, sysResource } from '../support/needs';
import { newQueue } from '../support/queues';

const INT_MAX = 2 ** 31 - 1;
const ASKED = 3_000_000_000n;
// msgctl_down() of ipc/msg.c takes msg_qbytes as an int, and stores it in an unsigned long: the sign spreads.
const STORED = BigInt.asUintN(64, BigInt.asIntN(32, ASKED));

// Perl hands struct msqid_ds to the kernel as it is: msg_qbytes has eight bytes behind 88 others, where a long has 64 bits.
const SET_QUEUE_BYTES = `my ($id, $bytes) = @ARGV;
my $status = '';
msgctl($id, 2, $status) // die "IPC_STAT: $!";
substr($status, 88, 8) = pack('Q', $bytes);
msgctl($id, 1, $status) // die "IPC_SET: $!";`;
const QUEUE_BYTES = `my $status = '';
msgctl($ARGV[0], 2, $status) // die "IPC_STAT: $!";
print unpack('Q', substr($status, 88, 8));`;

const perl = program('perl', 'perl-base');
const need = sysResource.met ? perl : sysResource;

function queueBeyond(): MessageQueue {
  const queue = newQueue();
  execFileSync('perl', ['-e', SET_QUEUE_BYTES, String(queue.id), String(ASKED)]);
  return queue;
}

/** As the kernel has it, to the last digit. */
const queueBytes = ({ id }: MessageQueue) =>
  BigInt(execFileSync('perl', ['-e', QUEUE_BYTES, String(id)], { encoding: 'utf8' }));

itNeeds(sysResource, 'a queue that is created with 2^31 − 1 bytes has them, whatever MSGMNB is', () => {
  const queue = MessageQueue.createPrivate({ maxBytes: INT_MAX, autoRemove: true });
  expect(queue.stat().maxBytes).toBe(INT_MAX);
  queue.trySend('x'.repeat(8000));
  queue.trySend('x'.repeat(8000));
  queue.trySend('x'.repeat(8000));
  expect(queue.stat().usedBytes).toBe(24000);
  queue.remove();
});

itNeeds(need, 'msg_qbytes beyond 2^31 is read as the nearest number to the one that the kernel stores', () => {
  const queue = queueBeyond();
  expect(queueBytes(queue)).toBe(STORED);
  expect(queue.stat().maxBytes).toBe(Number(STORED));
  expect(msgctl(queue.id, IPC_STAT).msg_qbytes).toBe(Number(STORED));
  expect(listQueues().find(({ id }) => id === queue.id)?.maxBytes).toBe(Number(STORED));
  expect(getUsage().queues).toBe(1);
});

itNeeds(need, 'msg_qbytes beyond 2^31 is kept, to the last digit, by a change of the mode', () => {
  const queue = queueBeyond();
  queue.set({ mode: 0o640 });
  expect(queue.stat().mode).toBe(0o640);
  expect(queueBytes(queue)).toBe(STORED);
});

itNeeds(need, 'a queue with msg_qbytes beyond 2^31 takes messages beyond MSGMNB', async () => {
  const queue = queueBeyond();
  for (let sent = 0; sent < 4; sent++) await queue.send('x'.repeat(8000));
  expect(queue.stat()).toMatchObject({ messageCount: 4, usedBytes: 32000 });
  for (let left = 4; left > 0; left--) expect((await queue.receive()).data).toHaveLength(8000);
});
