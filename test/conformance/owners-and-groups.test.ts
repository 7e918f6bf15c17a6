/** Rights of owners, creators, group members and a weaker root. Rows GAP-62 to GAP-64 and GAP-72. */

import { type ChildContext, inChild, nobody } from '../support/child';
import { itNeeds, otherUsers, program } from '../support/needs';
import { newQueue, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

const STRANGER = 54_321;

itNeeds(
  otherUsers,
  'GAP-62 an owner who did not create the queue and has no permission cannot IPC_STAT it, but IPC_SET it',
  async () => {
    const queue = newQueue();
    queue.set({ uid: nobody.uid, gid: nobody.gid, mode: 0 });
    const refusal = await inChild(
      ({ sysvmq, failure }, { id, uid, gid }) => {
        const refusal = failure(() => sysvmq.msgctl(id, sysvmq.IPC_STAT));
        sysvmq.msgctl(id, sysvmq.IPC_SET, { msg_qbytes: 100, msg_perm: { uid, gid, mode: 0o640 } });
        return refusal;
      },
      { id: queue.id, ...nobody },
      { user: nobody },
    );
    expect(refusal).toMatchObject({ name: 'QueueAccessError', code: 'EACCES', syscall: 'msgctl' });
    expect(queue.stat()).toMatchObject({ uid: nobody.uid, creatorUid: 0, mode: 0o640, maxBytes: 100 });
  },
);

itNeeds(
  slow(otherUsers),
  'GAP-63 a creator who gave the queue away may still IPC_STAT, IPC_SET and IPC_RMID it',
  async () => {
    const seen = await inChild(
      ({ sysvmq, failure }, stranger) => {
        const { msgctl, IPC_SET, IPC_STAT, IPC_RMID } = sysvmq;
        const id = sysvmq.msgget(sysvmq.IPC_PRIVATE, 0o600);
        msgctl(id, IPC_SET, { msg_qbytes: 200, msg_perm: { uid: stranger, gid: stranger, mode: 0o600 } });
        const givenAway = msgctl(id, IPC_STAT);
        msgctl(id, IPC_SET, { msg_qbytes: 100, msg_perm: { uid: stranger, gid: stranger, mode: 0o640 } });
        const changed = msgctl(id, IPC_STAT);
        msgctl(id, IPC_RMID);
        return { givenAway, changed, gone: failure(() => msgctl(id, IPC_STAT)) };
      },
      STRANGER,
      { user: nobody },
    );
    expect(seen).toMatchObject({
      givenAway: { msg_perm: { uid: STRANGER, gid: STRANGER, cuid: nobody.uid, cgid: nobody.gid }, msg_qbytes: 200 },
      changed: { msg_perm: { uid: STRANGER, mode: 0o640 }, msg_qbytes: 100 },
      gone: { name: 'QueueRemovedError', code: 'EINVAL' },
    });
  },
);

itNeeds(slow(otherUsers), 'GAP-64 a member of the group of a 0640 queue receives and cannot send', async () => {
  const queue = newQueue({ mode: 0o640 });
  queue.set({ gid: STRANGER });
  queue.sendSync('for the group', { nowait: true });
  const seen = await inChild(
    ({ sysvmq, failure }, id) => ({
      received: sysvmq.msgrcv(id, 100, 0, sysvmq.IPC_NOWAIT).mtext.toString(),
      sending: failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: 'back' }, sysvmq.IPC_NOWAIT)),
    }),
    queue.id,
    { user: { ...nobody, groups: [STRANGER] } },
  );
  expect(seen).toMatchObject({
    received: 'for the group',
    sending: { name: 'QueueAccessError', code: 'EACCES', syscall: 'msgsnd', needed: 'write permission' },
  });
});

const setpriv = program('setpriv', 'util-linux');
const dockerCapabilities = [
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'net_bind_service',
  'net_raw',
  'sys_chroot',
  'mknod',
  'audit_write',
  'setfcap',
];

itNeeds(
  slow(otherUsers.met ? setpriv : otherUsers),
  'GAP-72 root with the capabilities of a default container may not use or remove the 0600 queue of another user',
  async () => {
    const createQueue = ({ sysvmq }: ChildContext) => sysvmq.msgget(sysvmq.IPC_PRIVATE, 0o600);
    const id = removeAfterTest(await inChild(createQueue, undefined, { user: nobody }));
    const boundingSet = ['-all', ...dockerCapabilities.map((name) => `+${name}`)].join(',');
    const refusals = await inChild(
      ({ sysvmq, failure }, queueId) => [
        process.geteuid?.(),
        failure(() => sysvmq.msgsnd(queueId, { mtype: 1, mtext: 'hello' }, sysvmq.IPC_NOWAIT)),
        failure(() => sysvmq.msgrcv(queueId, 100, 0, sysvmq.IPC_NOWAIT)),
        failure(() => sysvmq.msgctl(queueId, sysvmq.IPC_STAT)),
        failure(() => sysvmq.msgctl(queueId, sysvmq.IPC_RMID)),
      ],
      id,
      { prefix: ['setpriv', '--bounding-set', boundingSet] },
    );
    const owner = { uid: nobody.uid, creatorUid: nobody.uid, mode: 0o600 };
    expect(refusals).toMatchObject([
      0,
      { name: 'QueueAccessError', code: 'EACCES', syscall: 'msgsnd', owner },
      { name: 'QueueAccessError', code: 'EACCES', syscall: 'msgrcv', owner },
      { name: 'QueueAccessError', code: 'EACCES', syscall: 'msgctl', owner },
      { name: 'QueueAccessError', code: 'EPERM', syscall: 'msgctl', owner },
    ]);
  },
);
