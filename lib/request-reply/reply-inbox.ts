/** Where a client's replies arrive: a private queue of its own, or its type in a queue that clients share. */

import { QueueClosedError } from '../core/errors';
import { lazy } from '../core/lazy';
import type { AnyHandle } from '../messages/handle';
import { MessageQueue } from '../queue/message-queue';
import { FIRST_REPLY_TYPE, LAST_REPLY_TYPE } from './wire';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

export interface InboxOptions {
  /** A queue that others use, too. */
  shared: AnyHandle | undefined;
  replyType: number | undefined;
  /** Of a private queue. */
  mode: number | undefined;
  spin: number;
  onMessage(bytes: Buffer): void;
  /** The queue is gone, or may not be read any more. */
  onLost(error: Error): void;
}

/** So many replies are taken in one call. */
const REPLIES_AT_ONCE = 100;

export class ReplyInbox {
  /** The type of the replies. Nobody gives them out, so it is one that hardly anybody else has hit upon. */
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
      const { shared, mode, spin } = this.#options;
      this.#queue =
        shared === undefined
          ? MessageQueue.createPrivate({ autoRemove: true, spin, ...(mode === undefined ? {} : { mode }) })
          : MessageQueue.attach(shared.id, { spin });
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

  /** Hands out what is there at this moment. */
  drain(): void {
    try {
      const take = () => this.#queue?.tryReceiveMany({ ...this.#select, max: REPLIES_AT_ONCE }) ?? [];
      for (let messages = take(); messages.length > 0; messages = take()) {
        for (const { data } of messages) this.#options.onMessage(data);
      }
    } catch {
      // The listener learns of it, too.
    }
  }

  /** A private queue goes with it. */
  close(): void {
    this.#closed = true;
    this.#queue?.close();
  }

  get #select() {
    return this.#options.shared === undefined ? {} : { type: this.type };
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
