/**
 * The native boundary: `native/binding/` exports these, and only `lib/native/` uses them.
 *
 * A call takes its arguments from `registers` and returns one integer: a result `>= 0`, or `-errno`. A message is a
 * `struct msgbuf`, whose text is eight bytes from the start of the slab, from which it is sent, or of the inbox, where it
 * arrives. Its type, which is before the text, goes through the registers.
 */
export interface NativeAddon {
  readonly registers: Int32Array;
  /** How many bytes a C long has on this processor: 8, or 4, where types end at 2^31−1. */
  readonly bytesOfLong: number;
  /** The values that readStatus and readInfo fill in. */
  readonly fields: Float64Array;
  /** The slab in use. Replaced, by assignment, when useSlab put another in its place. */
  slab: ArrayBuffer;
  /** The inbox in use. Replaced, by assignment, when useInbox put another in its place. */
  inbox: ArrayBuffer;

  msgget(): number;
  msgsnd(): number;
  msgrcv(): number;
  /** Sends the first `count` messages of the batch in the slab; how many went in. `batchEnd`: why the next did not. */
  sendBatch(): number;
  /** Receives up to `count` messages into a batch in the inbox; how many. `batchEnd`: why there are no more. */
  receiveBatch(): number;
  /** msgctl with IPC_STAT, MSG_STAT or MSG_STAT_ANY. */
  readStatus(): number;
  /** msgctl with IPC_INFO or MSG_INFO. */
  readInfo(): number;
  /** msgctl with IPC_SET. */
  setStatus(): number;
  /** msgctl with IPC_RMID. */
  removeQueue(): number;
  /**
   * Messages are sent from this ArrayBuffer from now on; without one, from the initial slab again. Returns the one in use,
   * or undefined when there is no memory.
   */
  useSlab(buffer?: ArrayBuffer): ArrayBuffer | undefined;
  /** As useSlab, of the inbox, in which messages arrive. */
  useInbox(buffer?: ArrayBuffer): ArrayBuffer | undefined;
  /** Has the kernel map all pages of this ArrayBuffer now (MADV_POPULATE_WRITE). */
  prefault(buffer: ArrayBuffer): void;

  /** Has the queue removed when the environment ends; keepQueueAtEnd takes that back. */
  removeQueueAtEnd(): number;
  keepQueueAtEnd(): number;
  /** Lets another thread run on this processor if there is one that wants to (sched_yield). */
  yieldProcessor(): number;

  /** Keeps the message in the slab, which was taken from queue `id`, for the next receive of this process. */
  keepTaken(): number;
  /** Holds a copy of the message in the slab until dropHeld or keepHeld, or until this environment ends; its slot. */
  holdTaken(): number;
  /** It was handed out. */
  dropHeld(): number;
  /** It will not be handed out: it is kept. */
  keepHeld(): number;
  /** Keeps what is held and gives back what is kept, waiting for `waitMs` in all; how many are left. */
  giveBackKept(): number;
  /** How many messages are kept. */
  countKept(): number;
  /** Takes out the oldest message that is kept; `id`, the type and `result`, why it could not be given back. */
  takeKept(): Uint8Array | undefined;

  /** A mailbox for events; `callback` runs on the event loop when there are some. Its number. */
  openMailbox(callback: () => void): number;
  closeMailbox(): void;
  /** Whether the mailbox keeps the event loop alive: `referenced` 1 or 0. */
  referenceMailbox(): void;
  /** 1, and the oldest event in `token` and `result`; or 0. */
  nextEvent(): number;
  /** Interest in the messages of a queue and a selector; its slot. */
  subscribe(): number;
  /** Waits until the next event. */
  arm(): number;
  /** Stops waiting: 1, or 0 when an event is on its way already. */
  disarm(): number;
  unsubscribe(): number;
  /** A sender for a queue; its slot. */
  openSender(): number;
  /** Sends the message in the slab as soon as there is room. */
  startSend(): number;
  cancelSend(): number;
  closeSender(): number;

  /** 0, or -errno where the folder will not do for an airlock. */
  checkAirlockFolder(folder: string): number;
  /** The airlocks in a folder, where they are not files. */
  listAirlocks?(folder: string): string[];
  /** An airlock of `count` slots for messages of `capacity` bytes; its number. */
  createAirlock(folder: string, name: string): number;
  /** `flags` 0: takes a dead owner's over; 1: looks at one. Its number. */
  openAirlock(folder: string, name: string): number;
  closeAirlock(): number;
  /** Into `fields`. */
  describeAirlock(): number;
  /** Takes a message into a free slot; the slot. */
  takeIntoAirlock(): number;
  /**
   * Takes up to `count` messages, each into a slot, as the records of a batch; their number. `airlockSlot`: one more that
   * does not fit the inbox, or -1. `batchEnd`: 0, or -errno.
   */
  takeBatchIntoAirlock(): number;
  /** Copies the message of `airlockSlot` into the inbox where it fits; its length. */
  readAirlock(): number;
  /** The first slot from `airlockSlot` on that has a message. */
  nextInHand(): number;
  noteInAirlock(): number;
  freeInAirlock(): number;
  /** A waiter for an airlock; its slot in the mailbox. */
  openAirlockWaiter(): number;
  /** Waits with a slot of the airlock at hand; that slot. */
  startAirlockWait(): number;
  endAirlockWait(): number;
  cancelAirlockWait(): number;
  closeAirlockWaiter(): number;
  /** 0; 1: another folder was used before; or -errno. The claim's number is in `slot`. */
  claimFolder(folder: string): number;
  releaseClaim(): number;
  /** The first `length` bytes of a file: a store is in the file at once. Or -errno. */
  mapStateFile(path: string): ArrayBuffer | number;
  /** A sender for a queue, which notes in the first `length` bytes of a file; its slot. */
  openNotingSender(path: string): number;
  /** Sends the `count` messages in the first `length` bytes of the memory as there is room, and notes each. */
  startNotedBatch(memory: ArrayBuffer): number;
  cancelNotedBatch(): number;
  closeNotingSender(): number;
  /** Into `fields`: a number that no other IPC namespace has had. 0, or -errno. */
  identifyNamespace(): number;

  /** The names of the registers and fields as C++ has them; only tests ask. */
  layout(): {
    registers: string[];
    statusFields: string[];
    infoFields: string[];
    airlockFields: string[];
    inHandFields: string[];
    namespaceFields: string[];
  };
}
