/** When a message is lost, and when not. Rows GAP-36, GAP-37 and GAP-69 of the conformance catalogue. */

import { constants, setPriority } from 'node:os';
import { IPC_NOWAIT, IPC_STAT, msgctl, msgrcv, msgsnd } from '../../lib/index';
import { firstProcessor, statusField } from '../../tools/harness/proc.cjs';
import { type ChildContext, inChild, startChild, until } from '../support/child';
import { itNeeds, program } from '../support/needs';
import { newQueue, newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

// The catalogue's count is 200,000; a tenth of it takes a second.
const MESSAGES_IN_STORM = process.env['SYSVMQ_LONG_TESTS'] === undefined ? 20_000 : 200_000;

itSlow('GAP-36 a storm of signals neither loses nor doubles a message', async () => {
  // Room for one number, so that the receiver blocks often.
  const queue = newQueue({ maxBytes: 4 });
  const receiver = startChild(({ sysvmq, say }, id) => {
    process.on('SIGUSR2', () => undefined);
    say('ready');
    const numbers: number[] = [];
    let interruptions = 0;
    for (;;) {
      try {
        const { mtype, mtext } = sysvmq.msgrcv(id);
        if (mtype === 2) return { numbers: Int32Array.from(numbers), interruptions };
        numbers.push(mtext.readInt32LE());
      } catch (error) {
        if (!(error instanceof sysvmq.InterruptedError)) throw error;
        interruptions += 1;
      }
    }
  }, queue.id);
  await receiver.said('ready');
  const storm = startChild(async ({ told, say }, pid) => {
    let stopped = false;
    told().then(() => {
      stopped = true;
    });
    say('rages');
    const storm = () => {
      try {
        for (let sent = 0; sent < 100; sent++) process.kill(pid, 'SIGUSR2');
      } catch (error) {
        // The receiver may have its last message before this is asked to stop.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    };
    while (!stopped) {
      storm();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }, receiver.pid);
  await storm.said('rages');
  const sender = startChild(
    ({ sysvmq }, { id, count }) => {
      const mtext = Buffer.alloc(4);
      for (let sent = 0; sent < count; sent++) {
        mtext.writeInt32LE(sent);
        sysvmq.msgsnd(id, { mtype: 1, mtext });
      }
      sysvmq.msgsnd(id, { mtype: 2, mtext: 'end' });
    },
    { id: queue.id, count: MESSAGES_IN_STORM },
  );
  const [received] = await Promise.all([receiver.result, sender.result]);
  storm.tell('stop');
  await storm.result;
  const { numbers, interruptions } = received as { numbers: Int32Array; interruptions: number };
  expect(interruptions).toBeGreaterThan(0);
  expect(numbers).toEqual(Int32Array.from({ length: MESSAGES_IN_STORM }, (_, index) => index));
});

const onOneProcessor = ['taskset', '--cpu-list', firstProcessor()];

itNeeds(
  slow(program('taskset', 'util-linux')),
  'GAP-37 a message can be lost when its receiver was killed just before it was sent',
  async () => {
    // The kernel hands the message to a dying process that has not yet left the line. It has to run to leave: on the
    // processor of its killer, and with the lowest priority, it seldom does before the message is sent.
    const isLost = async () => {
      const id = newQueueId();
      const receiver = startChild(({ sysvmq }, queueId) => sysvmq.msgrcv(queueId), id, { prefix: onOneProcessor });
      await receiver.blockedIn('msgrcv');
      setPriority(receiver.pid, constants.priority.PRIORITY_LOW);
      const killThenSend = ({ sysvmq }: ChildContext, { pid, queueId }: { pid: number; queueId: number }) => {
        const { msgget, msgsnd, msgrcv, msgctl, IPC_PRIVATE, IPC_NOWAIT, IPC_RMID } = sysvmq;
        // Made many times before, the two calls come without a pause between them.
        const own = msgget(IPC_PRIVATE, 0o600);
        for (let round = 0; round < 2000; round++) {
          process.kill(process.pid, 0);
          msgsnd(own, { mtype: 1, mtext: 'to itself' }, IPC_NOWAIT);
          msgrcv(own);
        }
        msgctl(own, IPC_RMID);
        process.kill(pid, 'SIGKILL');
        msgsnd(queueId, { mtype: 1, mtext: 'to nobody' }, IPC_NOWAIT);
      };
      await inChild(killThenSend, { pid: receiver.pid, queueId: id }, { prefix: onOneProcessor });
      await receiver.exited;
      return msgctl(id, IPC_STAT).msg_qnum === 0;
    };
    await until('a message was lost', isLost);
  },
);

test('GAP-69 a stopped receiver does not hold up the other receivers', async () => {
  const id = newQueueId();
  const receiver = startChild(({ sysvmq }, queueId) => sysvmq.msgrcv(queueId).mtext.toString(), id);
  await receiver.blockedIn('msgrcv');
  receiver.process.kill('SIGSTOP');
  await until('the receiver is stopped', () => statusField('State', receiver.pid)?.startsWith('T') === true);
  msgsnd(id, { mtype: 1, mtext: 'for others' }, IPC_NOWAIT);
  expect(msgrcv(id, 100, 0, IPC_NOWAIT).mtext.toString()).toBe('for others');

  receiver.process.kill('SIGCONT');
  await receiver.blockedIn('msgrcv');
  msgsnd(id, { mtype: 1, mtext: 'for the receiver' }, IPC_NOWAIT);
  expect(await receiver.result).toBe('for the receiver');
});
