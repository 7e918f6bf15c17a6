/** Permission that is taken away, by the queue's owner, from a process that waits. */

import { type ChildContext, nobody, startChild } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { fullQueue, newQueue } from '../support/queues';
import { slow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const owner = { uid: 0, gid: 0, creatorUid: 0, creatorGid: 0, mode: 0o600 };

async function receiveInVain({ sysvmq, say }: ChildContext, id: number): Promise<unknown> {
  const queue = sysvmq.MessageQueue.attach(id, { spin: 0 });
  const receives = [queue.receive(), queue.receive({ type: 5 }), queue.receiveMany(), queue.messages().next()];
  say('waiting');
  const outcomes = await Promise.allSettled(receives);
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return 'received';
    const { name, code, syscall, needed, owner } = outcome.reason;
    return { name, code, syscall, needed, owner };
  });
}

// Sends three messages, of which none fits yet.
async function sendInVain({ sysvmq, say }: ChildContext, id: number): Promise<unknown> {
  const queue = sysvmq.MessageQueue.attach(id);
  const sends = ['a', 'b', 'c'].map((data) => queue.send(data));
  say('waiting');
  const outcomes = await Promise.allSettled(sends);
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return 'sent';
    const { name, code, syscall, needed, owner } = outcome.reason;
    return { name, code, syscall, needed, owner };
  });
}

itNeeds(slow(otherUsers), 'read permission taken away ends receives that are parked: EACCES', async () => {
  const queue = newQueue({ mode: 0o666 });
  const child = startChild(receiveInVain, queue.id, { user: nobody });
  await child.said('waiting');
  await untilWaiting('sysvmq-recv', 2, child.pid);
  queue.set({ mode: 0o600 });
  const refused = { name: 'QueueAccessError', code: 'EACCES', syscall: 'msgrcv', needed: 'read permission', owner };
  expect(await child.result).toEqual([refused, refused, refused, refused]);
});

itNeeds(otherUsers, 'read permission taken away ends a receive that polls: EACCES', async () => {
  const queue = newQueue({ mode: 0o666 });
  const child = startChild(
    async ({ sysvmq, say }, id) => {
      const receiving = sysvmq.MessageQueue.attach(id, { spin: 1_000_000 }).receive();
      say('polling');
      return receiving.then(
        () => 'received',
        ({ name, code }) => ({ name, code }),
      );
    },
    queue.id,
    { user: nobody },
  );
  await child.said('polling');
  queue.set({ mode: 0o600 });
  expect(await child.result).toEqual({ name: 'QueueAccessError', code: 'EACCES' });
});

itNeeds(slow(otherUsers), 'write permission taken away ends sends that wait, once there is room: EACCES', async () => {
  const queue = fullQueue();
  queue.set({ mode: 0o666 });
  const child = startChild(sendInVain, queue.id, { user: nobody });
  await child.said('waiting');
  await untilWaiting('sysvmq-send', 1, child.pid);
  queue.set({ mode: 0o600 });
  queue.tryReceive();
  const refused = { name: 'QueueAccessError', code: 'EACCES', syscall: 'msgsnd', needed: 'write permission', owner };
  expect(await child.result).toEqual([refused, refused, refused]);
  expect(queue.stat().messageCount).toBe(0);
});

itNeeds(slow(otherUsers), 'a change of the mode that leaves read permission alone ends no receive', async () => {
  const queue = newQueue({ mode: 0o666 });
  const child = startChild(
    async ({ sysvmq, say }, id) => {
      const receiving = sysvmq.MessageQueue.attach(id, { spin: 0 }).receive();
      say('waiting');
      return (await receiving).data.toString();
    },
    queue.id,
    { user: nobody },
  );
  await child.said('waiting');
  await untilWaiting('sysvmq-recv', 1, child.pid);
  // A change that leaves the permission alone: the kernel wakes the thread anyway.
  for (let change = 0; change < 10; change++) queue.set({ mode: change % 2 === 0 ? 0o664 : 0o666 });
  queue.trySend('still waiting');
  expect(await child.result).toBe('still waiting');
});
