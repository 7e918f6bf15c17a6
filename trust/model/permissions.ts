/** Which user may do which call on a queue: ipcperms() of the kernel, for a process without CAP_IPC_OWNER and CAP_SYS_ADMIN. */

export interface Permissions {
  readonly uid: number;
  readonly gid: number;
  readonly creatorUid: number;
  readonly creatorGid: number;
  readonly mode: number;
}

export interface Person {
  readonly uid: number;
  readonly gid: number;
}

export interface Rights {
  readonly read: boolean;
  readonly write: boolean;
  /** IPC_SET and IPC_RMID, which look at no mode. */
  readonly control: boolean;
}

export const ALL_RIGHTS: Rights = { read: true, write: true, control: true };

const [READ, WRITE] = [4, 2];

/** One class of the mode counts, the first that fits: also where a later one grants more. */
export function rightsOf(permissions: Permissions, { uid, gid }: Person): Rights {
  const { mode } = permissions;
  const control = uid === permissions.uid || uid === permissions.creatorUid;
  const inGroup = gid === permissions.gid || gid === permissions.creatorGid;
  const bits = control ? mode >> 6 : inGroup ? mode >> 3 : mode;
  return { read: (bits & READ) !== 0, write: (bits & WRITE) !== 0, control };
}

/** What the errors of msgsnd, msgrcv and IPC_STAT come to, and those of IPC_SET and IPC_RMID. */
export const DENIED = 'QueueAccessError EACCES';
export const NOT_IN_CONTROL = 'QueueAccessError EPERM';

/**
 * A user with every right beside the process under test. Its queues are another user's, so that what its mode and
 * its owner are decides what the process may do.
 */
export interface Officer {
  /** The user as which the kernel sees the process under test. */
  readonly person: Person;
  /** The user who makes the queues. */
  readonly creator: Person;
  create(maxBytes: number): Promise<number>;
  change(id: number, change: { uid: number; gid: number; mode: number }): Promise<unknown>;
  remove(id: number): Promise<unknown>;
}
