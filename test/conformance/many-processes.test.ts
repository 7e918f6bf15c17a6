/** Many processes at once. Rows GAP-68, GAP-70 and GAP-71 of the conformance catalogue. */

import { availableParallelism } from 'node:os';
import { inChild, startChild, until } from '../support/child';
import { itNeeds } from '../support/needs';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { itSlow, slow } from '../support/slow';

// Calls that are made while queues come and go. A hundred thousand take a second; some two thousand of them meet EIDRM.
const CALLS_IN_STORM = process.env['SYSVMQ_LONG_TESTS'] === undefined ? 100_000 : 1_000_000;
const ROUNDS = 200;
const MESSAGES_OF_SENDER = 20_000;

const twoProcessors = {
  met: availableParallelism() > 1,
  reason: 'a call meets the removal of its queue only where two processors run at once',
};

itNeeds(
  slow(twoProcessors),
  'GAP-68 a call on a queue that is just being removed fails with EINVAL, sometimes EIDRM, and nothing else',
  async () => {
    const outcomes = await inChild(async ({ sysvmq, require }, calls) => {
      const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
      const { msgsnd, msgrcv, msgctl, IPC_NOWAIT, IPC_STAT } = sysvmq;
      // The newest queue's id, and whether to stop.
      const shared = new Int32Array(new SharedArrayBuffer(8));
      shared[0] = -1;
      const source = `
        const { workerData } = require('node:worker_threads');
        const { msgget, msgctl, IPC_PRIVATE, IPC_RMID } = require(process.env.SYSVMQ_TEST_PACKAGE);
        for (let made = 0; Atomics.load(workerData, 1) === 0; made++) {
          const id = msgget(IPC_PRIVATE, 0o600);
          Atomics.store(workerData, 0, id);
          // Removals after a time that varies, up to what a call takes to begin, meet calls of every kind.
          for (let turns = made % 200; turns > 0; turns--) Atomics.load(workerData, 1);
          msgctl(id, IPC_RMID);
        }`;
      const storm = new Worker(source, { eval: true, workerData: shared });
      const ended = new Promise((resolve) => storm.once('exit', resolve));
      while (Atomics.load(shared, 0) === -1) await new Promise((resolve) => setImmediate(resolve));

      const counts: Record<string, number> = {};
      const attempt = (call: (id: number) => unknown) => {
        let outcome = 'in time';
        try {
          call(Atomics.load(shared, 0));
        } catch (error) {
          const { name, code } = error as NodeJS.ErrnoException;
          outcome = `${name} ${code}`;
        }
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      };
      const deadline = Date.now() + 30_000;
      for (let made = 0; made < calls || counts['QueueRemovedError EIDRM'] === undefined; made += 3) {
        attempt((id) => msgsnd(id, { mtype: 1, mtext: '' }, IPC_NOWAIT));
        attempt((id) => msgrcv(id, 0, 0, IPC_NOWAIT));
        attempt((id) => msgctl(id, IPC_STAT));
        if (Date.now() > deadline) break;
      }
      Atomics.store(shared, 1, 1);
      await ended;
      return counts;
    }, CALLS_IN_STORM);

    // A receive that comes in time finds the new queue empty.
    const whenInTime = { 'in time': expect.any(Number), 'NoMessageError ENOMSG': expect.any(Number) };
    expect({ ...whenInTime, ...outcomes }).toEqual({
      ...whenInTime,
      'QueueRemovedError EINVAL': expect.any(Number),
      'QueueRemovedError EIDRM': expect.any(Number),
    });
    expect(outcomes['QueueRemovedError EINVAL']).toBeGreaterThan(outcomes['QueueRemovedError EIDRM'] as number);
  },
);

itSlow('GAP-70 of eight processes that create a queue at once, one wins and the others get EEXIST', async () => {
  const keys = Array.from({ length: ROUNDS }, freshKey);
  // Each round begins with a message to every racer, of a type of its own, and ends with one from each.
  const gateId = newQueue().id;
  const ended = 9;
  const racers = [1, 2, 3, 4, 5, 6, 7, 8].map((ownType) =>
    startChild(
      ({ sysvmq, failure }, { keys, gateId, ownType, ended }) =>
        keys.map((key) => {
          let outcome: unknown;
          sysvmq.msgrcv(gateId, 0, ownType);
          const refusal = failure(() => {
            outcome = sysvmq.msgget(key, sysvmq.IPC_CREAT | sysvmq.IPC_EXCL | 0o600);
          });
          sysvmq.msgsnd(gateId, { mtype: ended, mtext: '' });
          return outcome ?? `${refusal?.['name']} ${refusal?.['code']}`;
        }),
      { keys, gateId, ownType, ended },
    ),
  );
  const starter = startChild(
    ({ sysvmq }, { rounds, gateId, ended }) => {
      for (let round = 0; round < rounds; round++) {
        for (let mtype = 1; mtype <= 8; mtype++) sysvmq.msgsnd(gateId, { mtype, mtext: '' });
        for (let racer = 1; racer <= 8; racer++) sysvmq.msgrcv(gateId, 0, ended);
      }
    },
    { rounds: ROUNDS, gateId, ended },
  );
  await starter.result;
  const ofRacers = (await Promise.all(racers.map((racer) => racer.result))) as (number | string)[][];
  const ids = ofRacers.flat().filter((outcome) => typeof outcome === 'number');
  for (const id of ids) removeAfterTest(id);

  const ofRounds = keys.map((_, round) => ofRacers.map((outcomes) => outcomes[round]));
  const counts = ofRounds.map((outcomes) => ({
    winners: outcomes.filter((outcome) => typeof outcome === 'number').length,
    refused: outcomes.filter((outcome) => outcome === 'QueueExistsError EEXIST').length,
  }));
  expect(counts).toEqual(keys.map(() => ({ winners: 1, refused: 7 })));
});

itSlow('GAP-71 four senders and four receivers pass each message exactly once', async () => {
  const queue = newQueue();
  const receivers = Array.from({ length: 4 }, () =>
    startChild(({ sysvmq }, id) => {
      const numbers: number[] = [];
      for (;;) {
        const { mtype, mtext } = sysvmq.msgrcv(id);
        if (mtype === 2) return Int32Array.from(numbers);
        numbers.push(mtext.readInt32LE());
      }
    }, queue.id),
  );
  const senders = Array.from({ length: 4 }, (_, index) =>
    startChild(
      ({ sysvmq }, { id, first, count }) => {
        const mtext = Buffer.alloc(4);
        for (let sent = 0; sent < count; sent++) {
          mtext.writeInt32LE(first + sent);
          sysvmq.msgsnd(id, { mtype: 1, mtext });
        }
      },
      { id: queue.id, first: index * MESSAGES_OF_SENDER, count: MESSAGES_OF_SENDER },
    ),
  );
  await Promise.all(senders.map((sender) => sender.result));
  for (const _ of receivers) await until('there is room for an end', () => queue.trySend('end', { type: 2 }));
  const received = (await Promise.all(receivers.map((receiver) => receiver.result))) as Int32Array[];
  const numbers = received.flatMap((own) => [...own]).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 4 * MESSAGES_OF_SENDER }, (_, index) => index));
});
