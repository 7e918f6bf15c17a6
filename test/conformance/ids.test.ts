/** How the kernel hands out ids: rows GAP-05, 26 to 31 of the conformance catalogue. */

import { IPC_CREAT, IPC_RMID, msgctl, msgget } from '../../lib/syscalls';
import { type ChildContext, inChild, nobody, ownNamespace, startChild } from '../support/child';
import { checkpointRestore, shortIndexes } from '../support/kernel-features';
import { itNeeds, otherUsers } from '../support/needs';
import { freshKey, removeAfterTest } from '../support/queues';
import { itSlow, slow } from '../support/slow';

// Which id comes next depends on all queues there have been, and msg_next_id cannot be set back to "none".
const fresh = { prefix: ownNamespace };

it('GAP-05 the first queue of a fresh namespace has the id 0', async () => {
  const id = await inChild(({ sysvmq }) => sysvmq.msgget(sysvmq.IPC_PRIVATE, 0o600), undefined, fresh);

  expect(id).toBe(0);
});

itSlow('GAP-26 a receiver that waits gets EIDRM also when the key is taken again at once', async () => {
  const key = freshKey();
  const id = removeAfterTest(msgget(key, IPC_CREAT | 0o600));
  const receiver = startChild(({ failure, sysvmq }, id) => failure(() => sysvmq.msgrcv(id)), id);
  await receiver.blockedIn('msgrcv');

  msgctl(id, IPC_RMID);
  const newId = removeAfterTest(msgget(key, IPC_CREAT | 0o600));

  expect(await receiver.result).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM', queueId: id });
  expect(newId).not.toBe(id);
});

itNeeds(slow(shortIndexes), 'GAP-27 65 queues, each removed at once, have the ids 0 to 63 and 32768', async () => {
  const ids = await inChild(
    ({ sysvmq }) => {
      const { IPC_PRIVATE, IPC_RMID, msgctl, msgget } = sysvmq;
      return Array.from({ length: 65 }, () => {
        const id = msgget(IPC_PRIVATE, 0o600);
        msgctl(id, IPC_RMID);
        return id;
      });
    },
    undefined,
    fresh,
  );

  expect(ids).toEqual([...Array(64).keys(), 32768]);
});

const FOUR_MILLION_QUEUES_MS = 300_000;

// Takes some seconds: four million queues have to come and go.
itNeeds(
  slow(shortIndexes),
  'GAP-28 an id comes back after 4,194,240 queues, and not before',
  async () => {
    const cycles = await inChild(
      ({ sysvmq }) => {
        const { IPC_PRIVATE, IPC_RMID, msgctl, msgget } = sysvmq;
        const first = msgget(IPC_PRIVATE, 0o600);
        for (let id = first, cycles = 1; cycles <= 5_000_000; cycles++) {
          msgctl(id, IPC_RMID);
          id = msgget(IPC_PRIVATE, 0o600);
          if (id === first) return cycles;
        }
        return undefined;
      },
      undefined,
      fresh,
    );

    expect(cycles).toBe(4_194_240);
  },
  FOUR_MILLION_QUEUES_MS,
);

itNeeds(
  slow(otherUsers.met ? checkpointRestore : otherUsers),
  'GAP-29 msg_next_id takes an int from 0 of root only',
  async () => {
    const tryWrites = ({ failure, require }: ChildContext) => {
      const { readFileSync, writeFileSync } = require('node:fs') as typeof import('node:fs');
      const file = '/proc/sys/kernel/msg_next_id';
      const errors = ['-1', String(2 ** 31), 'text', '7'].map((text) => failure(() => writeFileSync(file, text)));
      return { errors, value: readFileSync(file, 'latin1').trim() };
    };

    const refused = { code: 'EINVAL', syscall: 'write' };
    expect(await inChild(tryWrites, undefined, fresh)).toMatchObject({
      errors: [refused, refused, refused, undefined],
      value: '7',
    });
    const denied = { code: 'EACCES', syscall: 'open' };
    expect(await inChild(tryWrites, undefined, { ...fresh, user: nobody })).toMatchObject({
      errors: [denied, denied, denied, denied],
      value: '-1',
    });
  },
);

itNeeds(
  slow(checkpointRestore),
  'GAP-30 msg_next_id is used up by creating only, not by opening or failing',
  async () => {
    const seen = await inChild(
      ({ failure, require, sysvmq }) => {
        const { readFileSync, writeFileSync } = require('node:fs') as typeof import('node:fs');
        const { IPC_CREAT, IPC_EXCL, IPC_PRIVATE, msgget } = sysvmq;
        const file = '/proc/sys/kernel/msg_next_id';
        const key = 0x5eed;
        const id = msgget(key, IPC_CREAT | 0o600);
        writeFileSync(file, '77');
        const opened = msgget(key) === id;
        const errors = [failure(() => msgget(key, IPC_CREAT | IPC_EXCL | 0o600)), failure(() => msgget(key + 1))];
        const kept = Number(readFileSync(file, 'latin1'));
        const created = msgget(IPC_PRIVATE, 0o600);
        return { opened, errors, kept, created, after: Number(readFileSync(file, 'latin1')) };
      },
      undefined,
      fresh,
    );

    expect(seen).toMatchObject({
      opened: true,
      errors: [
        { name: 'QueueExistsError', code: 'EEXIST' },
        { name: 'QueueNotFoundError', code: 'ENOENT' },
      ],
      kept: 77,
      created: 77,
      after: -1,
    });
  },
);

itNeeds(slow(shortIndexes), 'GAP-31 MSG_STAT looks at the index bits only, so that an id is enough', async () => {
  const { id, found } = await inChild(
    ({ sysvmq }) => {
      const { IPC_PRIVATE, IPC_RMID, MSG_STAT, msgctl, msgget } = sysvmq;
      for (let count = 0; count < 70; count++) msgctl(msgget(IPC_PRIVATE, 0o600), IPC_RMID);
      const id = msgget(IPC_PRIVATE, 0o600);
      return { id, found: [6, 32774, 6 + 7 * 32768].map((index) => msgctl(index, MSG_STAT).msqid) };
    },
    undefined,
    fresh,
  );

  expect(id).toBe(32774);
  expect(found).toEqual([32774, 32774, 32774]);
});
