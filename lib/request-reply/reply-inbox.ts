/** Where a client's replies arrive: its type in a queue that others use, too, or a queue of its own. */

import { QueueClosedError, QueueExistsError } from '../core/errors';
import { lazy } from '../core/lazy';
import { MessageQueue } from '../queue/message-queue';
import { FIRST_REPLY_TYPE, LAST_REPLY_TYPE } from './wire';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

export interface InboxOptions {
  /** The id of a queue that others use, too; undefined: a queue of its own. */
  sharedId: number | undefined;
  replyType: number | undefined;
  /** Of a private queue. */
  mode: number | undefined;
  spin: number;
  onMessage(bytes: Buffer): void;
  /** The queue is gone, or may not be read any longer. */
  onLost(error: Error): void;
}

/** Keys that ftok makes with a project id of 0 or above 127 only, which hardly any program uses. */
const FIRST_OWN_KEY = -0x80000000;
const LAST_OWN_KEY = -1;

/** So many replies are taken in one call. */
const REPLIES_AT_ONCE = 100;

export class ReplyInbox {
  /** The type of the replies. It is random, so another client hardly ever has the same one. */
  readonly type: number;
  readonly #options: InboxOptions;
  #queue: MessageQueue | undefined;
  #closed = false;
  #referenced = true;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.type = options.replyType ?? crypto().randomInt(FIRST_REPLY_TYPE, LAST_REPLY_TYPE + 1);
  }

  /** The queue's id. It is listened to from now on: also when nothing is pending, because late replies must not stay. */
  open(): number {
    if (this.#queue === undefined) {
      const { sharedId, mode, spin } = this.#options;
      this.#queue = sharedId === undefined ? createOwnQueue(mode, spin) : MessageQueue.attach(sharedId, { spin });
      if (!this.#referenced) this.#queue.unref();
      void this.#listen(this.#queue);
    }
    return this.#queue.id;
  }

  /** The queue's id; −1 while there is none. */
  get id(): number {
    return this.#queue?.id ?? -1;
  }

  /** Whether it keeps the process alive. */
  reference(referenced: boolean): void {
    this.#referenced = referenced;
    if (referenced) this.#queue?.ref();
    else this.#queue?.unref();
  }

  /** Hands out what is there at this moment, some on each turn of the event loop: others may have put a flood there. */
  async drain(): Promise<void> {
    try {
      let left = this.#queue?.stat().messageCount ?? 0;
      while (left > 0 && this.#queue !== undefined) {
        const messages = this.#queue.tryReceiveMany({ ...this.#select, max: REPLIES_AT_ONCE });
        if (messages.length === 0) return;
        for (const { data } of messages) this.#options.onMessage(data);
        left -= messages.length;
        await new Promise(setImmediate);
      }
    } catch {
      // The listener learns of it, too.
    }
  }

  /** Its own queue goes with it. */
  close(): void {
    this.#closed = true;
    this.#queue?.close();
  }

  get #select() {
    return this.#options.sharedId === undefined ? {} : { type: this.type };
  }

  async #listen(queue: MessageQueue): Promise<void> {
    try {
      for (;;) {
        const messages = await queue.receiveMany({ ...this.#select, max: REPLIES_AT_ONCE });
        for (const { data } of messages) this.#options.onMessage(data);
      }
    } catch (error) {
      if (this.#closed && error instanceof QueueClosedError) return;
      // The next request opens it anew, or makes another one.
      this.#queue = undefined;
      queue.close();
      this.#options.onLost(error as Error);
    }
  }
}

// A key, though nobody needs it here: Python and PHP open queues by key only, and find it in /proc/sysvipc/msg by the id.
function createOwnQueue(mode: number | undefined, spin: number): MessageQueue {
  for (;;) {
    try {
      const key = crypto().randomInt(FIRST_OWN_KEY, LAST_OWN_KEY + 1);
      return MessageQueue.create(key, { autoRemove: true, spin, ...(mode === undefined ? {} : { mode }) });
    } catch (error) {
      if (!(error instanceof QueueExistsError)) throw error;
    }
  }
}
