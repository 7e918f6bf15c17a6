/**
 * C's constants, with Linux's values, which are the same on every architecture that Node.js runs on.
 * Sources: include/uapi/linux/ipc.h, include/uapi/linux/msg.h.
 */

/** The key that always makes a new queue, which no key finds again. */
export const IPC_PRIVATE = 0;
/** msgget: create the queue if there is none with this key. */
export const IPC_CREAT = 0o1000;
/** msgget, with IPC_CREAT: fail with EEXIST if there is one. */
export const IPC_EXCL = 0o2000;
/** msgsnd, msgrcv: fail with EAGAIN or ENOMSG instead of waiting. */
export const IPC_NOWAIT = 0o4000;

/** msgctl: remove the queue and all its messages. */
export const IPC_RMID = 0;
/** msgctl: change owner, mode and msg_qbytes. */
export const IPC_SET = 1;
/** msgctl: read the state of a queue. Needs read permission. */
export const IPC_STAT = 2;
/** msgctl: read the limits. Needs no permission and no queue. */
export const IPC_INFO = 3;
/** msgctl: IPC_STAT by index instead of id. */
export const MSG_STAT = 11;
/** msgctl: read the use of all queues together. Needs no permission and no queue. */
export const MSG_INFO = 12;
/** msgctl: MSG_STAT without the permission check. Linux 4.17 and later. */
export const MSG_STAT_ANY = 13;

/** msgrcv: truncate a message that is longer than the buffer. */
export const MSG_NOERROR = 0o10000;
/** msgrcv, with a type above 0: the oldest message of any other type. */
export const MSG_EXCEPT = 0o20000;
/** msgrcv, with IPC_NOWAIT: copy the message at a position, and leave it there. Needs CONFIG_CHECKPOINT_RESTORE. */
export const MSG_COPY = 0o40000;

/** The largest C int: the ceiling of msgmax, msgmnb and msg_qbytes, and the longest message there can be. */
export const INT_MAX = 0x7fffffff;

/**
 * The number of bits of a C long, and so of a message type. The addon has its own check: its registers refuse larger
 * values.
 */
export const LONG_BITS = ['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch) ? 32n : 64n;

/** The largest C long: the highest type that a message can have. */
export const LONG_MAX = 2n ** (LONG_BITS - 1n) - 1n;
