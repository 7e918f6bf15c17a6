/** Signals and calls that wait: rows GAP-33 to GAP-35 of the conformance catalogue. */

import { IPC_NOWAIT, msgrcv, msgsnd } from '../../lib/syscalls';
import { statusField } from '../../tools/harness/proc.cjs';
import { type Child, startChild, until } from '../support/child';
import { fullQueue, newQueueId } from '../support/queues';
import { itSlow } from '../support/slow';

/** Stops a process and lets it go on, and is back when it waits in the call again. */
async function stopAndContinue(child: Child, syscall: 'msgsnd' | 'msgrcv'): Promise<void> {
  child.process.kill('SIGSTOP');
  await until(`process ${child.pid} is stopped`, () => statusField('State', child.pid)?.startsWith('T') === true);
  child.process.kill('SIGCONT');
  await child.blockedIn(syscall);
}

// libuv installs every handler of process.on with SA_RESTART (uv__signal_register_handler).
it('GAP-33 a handler interrupts a waiting call although it is installed with SA_RESTART', async () => {
  const receiver = startChild(({ failure, sysvmq }, id) => {
    process.on('SIGUSR2', () => undefined);
    return failure(() => sysvmq.msgrcv(id));
  }, newQueueId());
  const sender = startChild(({ failure, sysvmq }, id) => {
    process.on('SIGUSR2', () => undefined);
    return failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: 'x' }));
  }, fullQueue().id);
  await receiver.blockedIn('msgrcv');
  await sender.blockedIn('msgsnd');

  receiver.process.kill('SIGUSR2');
  sender.process.kill('SIGUSR2');

  expect(await receiver.result).toMatchObject({ name: 'InterruptedError', code: 'EINTR', syscall: 'msgrcv' });
  expect(await sender.result).toMatchObject({ name: 'InterruptedError', code: 'EINTR', syscall: 'msgsnd' });
});

itSlow('GAP-34 stopping, continuing and signals without a handler leave a waiting call waiting', async () => {
  const empty = newQueueId();
  const { id: full } = fullQueue();
  const receiver = startChild(({ sysvmq }, id) => sysvmq.msgrcv(id).mtext.toString(), empty);
  const sender = startChild(({ sysvmq }, id) => sysvmq.msgsnd(id, { mtype: 2, mtext: 'late' }), full);

  for (const [child, syscall] of [
    [receiver, 'msgrcv'],
    [sender, 'msgsnd'],
  ] as const) {
    await child.blockedIn(syscall);
    await stopAndContinue(child, syscall);
    child.process.kill('SIGCHLD');
    child.process.kill('SIGWINCH');
    await child.blockedIn(syscall);
  }

  msgsnd(empty, { mtype: 1, mtext: 'here' }, IPC_NOWAIT);
  msgrcv(full, 100, 0, IPC_NOWAIT);
  expect(await receiver.result).toBe('here');
  await sender.result;
  expect(msgrcv(full, 100, 0, IPC_NOWAIT)).toMatchObject({ mtype: 2, mtext: Buffer.from('late') });
});

itSlow('GAP-35 a receive that finds a message succeeds, although signals are pending', async () => {
  const id = newQueueId();
  const messages = 16384;
  for (let count = 0; count < messages; count++) msgsnd(id, { mtype: count + 1, mtext: '' }, IPC_NOWAIT);
  const receiver = startChild(
    async ({ say, sysvmq, told }, { id, messages }) => {
      let handled = 0;
      process.on('SIGUSR2', () => {
        handled++;
      });
      say('ready');
      await told();
      let inOrder = 0;
      // Without IPC_NOWAIT, because only a call that may wait can be interrupted.
      while (inOrder < messages && sysvmq.msgrcv(id).mtype === inOrder + 1) inOrder++;
      say('received', inOrder);
      await told();
      return handled;
    },
    { id, messages },
  );
  await receiver.said('ready');
  const signaller = startChild(({ say }, pid) => {
    process.kill(pid, 'SIGUSR2');
    say('signalling');
    for (;;) process.kill(pid, 'SIGUSR2');
  }, receiver.pid);
  await signaller.said('signalling');

  receiver.tell('receive');
  expect(await receiver.said('received')).toBe(messages);
  await signaller.kill();
  receiver.tell('end');

  expect(await receiver.result).toBeGreaterThan(0);
});
