/** The destination of a client's replies: its type in a shared queue, or a private queue. */

import { QueueClosedError, QueueExistsError } from '../core/errors';
import { lazy } from '../core/lazy';
import { MessageQueue } from '../queue/message-queue';
import { FIRST_REPLY_TYPE, LAST_REPLY_TYPE } from './wire';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

interface InboxOptions {
  /** The id of a shared queue; undefined: a private queue. */
  sharedId: number | undefined;
  replyType: number | undefined;
  /** The mode of a private queue. */
  mode: number | undefined;
  spin: number;
  onMessage(bytes: Buffer): void;
  /** Called when the queue is gone or no longer readable. */
  onLost(error: Error): void;
}

/** Keys that ftok returns only for a project id of 0 or above 127, which hardly any program uses. */
const FIRST_OWN_KEY = -0x80000000;
const LAST_OWN_KEY = -1;

/** The most replies taken in one call. */
const REPLIES_AT_ONCE = 100;

export class ReplyInbox {
  /** The type of the replies. It is random, so another client is very unlikely to have the same one. */
  readonly type: number;
  readonly #options: InboxOptions;
  #queue: MessageQueue | undefined;
  #closed = false;
  #referenced = true;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.type = options.replyType ?? crypto().randomInt(FIRST_REPLY_TYPE, LAST_REPLY_TYPE + 1);
  }

  /**
   * Opens the queue and returns its id. It listens from now on, even without pending requests, because late replies
   * must not stay.
   */
  open(): number {
    if (this.#queue === undefined) {
      const { sharedId, mode, spin } = this.#options;
      this.#queue = sharedId === undefined ? createOwnQueue(mode, spin) : MessageQueue.attach(sharedId, { spin });
      if (!this.#referenced) this.#queue.unref();
      void this.#listen(this.#queue);
    }
    return this.#queue.id;
  }

  /** The queue's id; −1 before it is opened. */
  get id(): number {
    return this.#queue?.id ?? -1;
  }

  /** Sets whether it keeps the process alive. */
  reference(referenced: boolean): void {
    this.#referenced = referenced;
    if (referenced) this.#queue?.ref();
    else this.#queue?.unref();
  }

  /**
   * Dispatches the replies that have arrived, some on each turn of the event loop: another process may have flooded the
   * queue.
   */
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
      // The listener receives this error, too.
    }
  }

  /** Closes the inbox, and removes a private queue. */
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
      // The next request opens it again, or creates another one.
      this.#queue = undefined;
      queue.close();
      this.#options.onLost(error as Error);
    }
  }
}

// The queue has a key only for Python and PHP, which open queues by key and find it in /proc/sysvipc/msg by the id.
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
