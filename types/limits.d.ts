/** The kernel's limits and what is used of them. */

/** A limit, as the manual pages name it. */
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
  /** Not used by Linux. */
  msgmap: number;
  /** Not used by Linux. */
  msgssz: number;
  /** Not enforced by Linux. */
  msgtql: number;
  /** Not used by Linux. */
  msgseg: number;
  /** The highest index in use; 0 also when there is no queue at all. */
  highestIndex: number;
}

/** The limits that can be set. */
export type SettableLimits = Record<LimitField, number>;

/** Limits to set; what is left out stays. */
export type LimitChanges = { [Field in LimitField]?: number | undefined };

/** How much of something is used. */
export interface UsageShare {
  /** How much of it is used, in the limit's unit. */
  used: number;
  /** The limit now. */
  limit: number;
  /** used / limit; 0 when the limit is 0 and nothing is used, Infinity when something is. */
  ratio: number;
}

/** What all queues of the IPC namespace hold together. */
export interface Usage {
  /** How many queues exist. */
  queues: number;
  /** How many messages they hold. */
  messages: number;
  /** Bytes of text, exact past 2 GiB, where msgctl(MSG_INFO) overflows. */
  bytes: number;
  /** The highest index in use; 0 also when there is no queue at all. */
  highestIndex: number;
  /** Each against its limit: queues against MSGMNI, messages and bytes against the msg_qbytes of all queues together. */
  against: {
    /** Against MSGMNI. */
    queues: UsageShare;
    /** Against the msg_qbytes of all queues. */
    messages: UsageShare;
    /** Against the msg_qbytes of all queues. */
    bytes: UsageShare;
  };
}

/** A limit, its value now, and what to do about it. */
export interface LimitDescription {
  /** Its name in the manual pages. */
  name: LimitName;
  /** Its name in `getLimits()`. */
  field: 'msgmni' | 'msgmax' | 'msgmnb' | 'msgtql' | 'msgpool';
  /** Its value now, from IPC_INFO. */
  value: number;
  /** What it counts. */
  unit: 'queues' | 'bytes' | 'messages' | 'KiB';
  /** What the kernel starts with. */
  default: number;
  /** The highest value the kernel takes; null for what cannot be set. */
  ceiling: number | null;
  /** What it limits, in a sentence. */
  limits: string;
  /** How a call fails at this limit; null for what is not enforced. */
  error: {
    /** The errno's name. */
    code: string;
    /** The call that fails. */
    syscall: string;
    /** The class of the error that this library throws. */
    className: string;
  } | null;
  /** What to do when it is reached. */
  remedy: string;
  /** The file that shows and sets it; null for what has none. */
  procPath: string | null;
  /** Whether Linux enforces it. */
  enforced: boolean;
}

/** Options of `persistLimits`. */
export interface PersistOptions {
  /** The file to write. Default: /etc/sysctl.d/60-sysvmq.conf. */
  file?: string | undefined;
  /** Set the limits of the running kernel as well. Default: false. */
  apply?: boolean | undefined;
}
