/** The kernel's structs under their C names. */

/** `struct ipc_perm`: the owner of a queue and its permissions. */
export interface IpcPerm {
  /** The key as `key_t` has it: a signed 32-bit integer, 0 for a private queue. C calls it `__key`. */
  key: number;
  /** Effective user id of the owner. */
  uid: number;
  /** Effective group id of the owner. */
  gid: number;
  /** Effective user id of the creator; it keeps the owner's rights forever. */
  cuid: number;
  /** Effective group id of the creator. */
  cgid: number;
  /** The nine permission bits. */
  mode: number;
  /** Sequence number: the high part of the id. C calls it `__seq`. */
  seq: number;
}

/** `struct msqid_ds`: the state of a queue. */
export interface MsqidDs {
  /** Key, owner and permission bits. */
  msg_perm: IpcPerm;
  /** Last msgsnd, in seconds since the epoch; 0: never. */
  msg_stime: number;
  /** Last msgrcv, in seconds since the epoch; 0: never. */
  msg_rtime: number;
  /** Creation or last IPC_SET, in seconds since the epoch. */
  msg_ctime: number;
  /** Bytes of text in the queue. C calls it `__msg_cbytes`. */
  msg_cbytes: number;
  /** Messages in the queue. */
  msg_qnum: number;
  /** The most bytes the queue takes, and the most messages. */
  msg_qbytes: number;
  /** Process id of the last msgsnd; 0: none, or one that this pid namespace does not show. */
  msg_lspid: number;
  /** Process id of the last msgrcv; after a receive that had blocked, Linux stores the thread's id. */
  msg_lrpid: number;
}

/** `struct msginfo`: limits with IPC_INFO, usage in some of the fields with MSG_INFO. */
export interface MsgInfo {
  /** IPC_INFO: not enforced. MSG_INFO: how many queues exist. */
  msgpool: number;
  /** IPC_INFO: not used. MSG_INFO: how many messages all queues hold. */
  msgmap: number;
  /** The most bytes of one message. */
  msgmax: number;
  /** msg_qbytes of a new queue. */
  msgmnb: number;
  /** The most queues. */
  msgmni: number;
  /** Not used by Linux. */
  msgssz: number;
  /** IPC_INFO: not enforced. MSG_INFO: bytes in all queues, as a C int that overflows past 2 GiB. */
  msgtql: number;
  /** Not used by Linux. */
  msgseg: number;
}
