/** The kernel's limits and what is used of them. */

export type LimitName = 'MSGMNI' | 'MSGMAX' | 'MSGMNB' | 'MSGTQL' | 'MSGPOOL';
/** The limits that have a file in /proc/sys/kernel and can be set. */
export type LimitField = 'msgmni' | 'msgmax' | 'msgmnb';

/** What `msgctl(IPC_INFO)` returns. */
export interface Limits {
  /** The most queues of this IPC namespace. */
  msgmni: number;
  /** The most bytes of one message. */
  msgmax: number;
  /** msg_qbytes of a new queue, and the most that msgctl(IPC_SET) gives without CAP_SYS_RESOURCE. */
  msgmnb: number;
  /** Not enforced by Linux. */
  msgpool: number;
  msgmap: number;
  msgssz: number;
  msgtql: number;
  msgseg: number;
  /** The highest index in use; 0 also when there is no queue at all. */
  highestIndex: number;
}

/** The limits that can be set. */
export type SettableLimits = Record<LimitField, number>;

/** How much of something is used. */
export interface UsageShare {
  used: number;
  limit: number;
  /** used / limit; 0 when the limit is 0 and nothing is used, Infinity when something is. */
  ratio: number;
}

/** What all queues of the IPC namespace hold together. */
export interface Usage {
  queues: number;
  messages: number;
  /** Bytes of text, exact past 2 GiB, where msgctl(MSG_INFO) overflows. */
  bytes: number;
  /** The highest index in use; 0 also when there is no queue at all. */
  highestIndex: number;
  /** Each against its limit: queues against MSGMNI, messages and bytes against the msg_qbytes of all queues together. */
  against: { queues: UsageShare; messages: UsageShare; bytes: UsageShare };
}

export interface LimitDescription {
  name: LimitName;
  /** Its name in `getLimits()`. */
  field: 'msgmni' | 'msgmax' | 'msgmnb' | 'msgtql' | 'msgpool';
  /** Its value now, from IPC_INFO. */
  value: number;
  unit: 'queues' | 'bytes' | 'messages' | 'KiB';
  /** What the kernel starts with. */
  default: number;
  /** The highest value the kernel takes; null for what cannot be set. */
  ceiling: number | null;
  /** What it limits, in a sentence. */
  limits: string;
  /** How a call fails at this limit; null for what is not enforced. */
  error: { code: string; syscall: string; className: string } | null;
  /** What to do when it is reached. */
  remedy: string;
  /** The file that shows and sets it; null for what has none. */
  procPath: string | null;
  /** Whether Linux enforces it. */
  enforced: boolean;
}

export interface PersistOptions {
  /** The file to write. Default: /etc/sysctl.d/60-sysvmq.conf. */
  file?: string;
  /** Set the limits of the running kernel as well. Default: false. */
  apply?: boolean;
}
