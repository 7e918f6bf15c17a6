/** The state of queues: one, or every one of the IPC namespace. */

import type { MsqidDs } from '../types/kernel';
import type { QueueStatus } from '../types/queue';
import { IPC_STAT, MSG_INFO, MSG_STAT, MSG_STAT_ANY } from './constants';
import * as errno from './errno';
import { errorFromErrno } from './errors';
import { readInfo, readMsqidDs, readStatus } from './native/calls';

// Whole seconds since the epoch, or 0 for never.
function toDate(seconds: number): Date | null {
  return seconds === 0 ? null : new Date(seconds * 1000);
}

/** `struct msqid_ds` in JavaScript's terms. */
export function toQueueStatus(id: number, ds: MsqidDs): QueueStatus {
  return {
    id,
    key: ds.msg_perm.key,
    uid: ds.msg_perm.uid,
    gid: ds.msg_perm.gid,
    creatorUid: ds.msg_perm.cuid,
    creatorGid: ds.msg_perm.cgid,
    mode: ds.msg_perm.mode,
    sequence: ds.msg_perm.seq,
    messageCount: ds.msg_qnum,
    usedBytes: ds.msg_cbytes,
    maxBytes: ds.msg_qbytes,
    lastSenderPid: ds.msg_lspid,
    lastReceiverPid: ds.msg_lrpid,
    lastSentAt: toDate(ds.msg_stime),
    lastReceivedAt: toDate(ds.msg_rtime),
    changedAt: toDate(ds.msg_ctime),
  };
}

/** The state of one queue. Takes read permission. */
export function readQueueStatus(id: number): QueueStatus {
  const result = readStatus(id, IPC_STAT);
  if (result < 0) throw errorFromErrno('msgctl', result, { queueId: id, command: IPC_STAT });
  return toQueueStatus(id, readMsqidDs());
}

/**
 * Every queue of the IPC namespace, also those that this process may not read, by index.
 *
 * `msgctl(MSG_INFO)`, then `msgctl(index, MSG_STAT_ANY)` for each index in use. Queues that come or go meanwhile may or
 * may not be in it. Linux before 4.17 and qemu-user have no MSG_STAT_ANY: there MSG_STAT finds those that may be read.
 *
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * const queue = MessageQueue.createPrivate();
 * queue.trySend('one');
 * const status = listQueues().find(({ id }) => id === queue.id);
 * assert.equal(status.messageCount, 1);
 * assert.equal(status.usedBytes, 3);
 * queue.remove();
 */
export function listQueues(): QueueStatus[] {
  const highest = readInfo(MSG_INFO);
  if (highest < 0) throw errorFromErrno('msgctl', highest, { command: MSG_INFO });
  const queues: QueueStatus[] = [];
  for (let index = 0; index <= highest; index++) {
    let id = readStatus(index, MSG_STAT_ANY);
    // Either there is no queue at this index, or the command is unknown: the kernel says the same of both.
    if (id === errno.EINVAL) id = readStatus(index, MSG_STAT);
    if (id >= 0) {
      queues.push(toQueueStatus(id, readMsqidDs()));
    } else if (id !== errno.EINVAL && id !== errno.EIDRM && id !== errno.EACCES) {
      // EIDRM is a queue that is just being removed, EACCES of MSG_STAT one that may not be read.
      throw errorFromErrno('msgctl', id, { command: MSG_STAT_ANY });
    }
  }
  return queues;
}
