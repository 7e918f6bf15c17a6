/** The errors of EACCES and EPERM. */

import { IPC_RMID, IPC_SET } from '../core/constants';
import { type ErrorDetails, type MessageQueueError, QueueAccessError, type QueueOwner } from '../core/errors';
import { formatMode } from '../core/format';
import { type CallContext, nameOf, type Syscall } from './call-context';
import { effectiveGid, effectiveUid, hasCapSysAdmin } from './credentials';
import { aboveMsgmnb, limitNow } from './limit-reached';
import { statusOf } from './status-of';

// The permission that a call needs, in an error's words; msgctl's depends on the command.
const neededBy: Record<Syscall, string> = {
  msgget: 'the permissions asked for',
  msgsnd: 'write permission',
  msgrcv: 'read permission',
  msgctl: 'read permission',
};

export function accessDenied(details: ErrorDetails): QueueAccessError {
  return queueAccess(details, neededBy[details.syscall as Syscall], ownerOf(details.queueId));
}

// EPERM has two causes in msgctl, in this order: the caller is not the owner, or msg_qbytes is above MSGMNB. In other
// calls the kernel never returns it, but a security module or a seccomp profile does.
export function notPermitted(details: ErrorDetails, context: CallContext): MessageQueueError {
  if (details.syscall !== 'msgctl' || (context.command !== IPC_SET && context.command !== IPC_RMID)) {
    return queueAccess(
      details,
      `${details.syscall} to be allowed by the seccomp profile or security module`,
      undefined,
    );
  }
  const owner = ownerOf(details.queueId);
  const limitValue = limitNow('msgmnb');
  const requested = context.maxBytes ?? 0;
  if (context.command === IPC_SET && limitValue !== undefined && requested > limitValue && mayChange(owner)) {
    return aboveMsgmnb(details, requested, limitValue, context.keepsMaxBytes === true);
  }
  return queueAccess(details, 'to be the owner or the creator, or to have CAP_SYS_ADMIN', owner);
}

function mayChange(owner: QueueOwner | undefined): boolean {
  const euid = effectiveUid();
  return (
    owner === undefined || euid === undefined || owner.uid === euid || owner.creatorUid === euid || hasCapSysAdmin()
  );
}

function ownerOf(queueId: number | undefined): QueueOwner | undefined {
  const status = queueId === undefined ? undefined : statusOf(queueId);
  if (status === undefined) return undefined;
  const { uid, gid, cuid, cgid, mode } = status.msg_perm;
  return { uid, gid, creatorUid: cuid, creatorGid: cgid, mode };
}

function queueAccess(details: ErrorDetails, needed: string, owner: QueueOwner | undefined): QueueAccessError {
  const who =
    owner === undefined
      ? ''
      : ` It belongs to uid ${owner.uid}, gid ${owner.gid} (created by ${owner.creatorUid}, ${owner.creatorGid}), mode ${formatMode(owner.mode)}; this process is uid ${effectiveUid()}, gid ${effectiveGid()}.`;
  return new QueueAccessError(`${details.syscall} on ${nameOf(details)} needs ${needed}.${who}`, {
    ...details,
    needed,
    owner,
  });
}
