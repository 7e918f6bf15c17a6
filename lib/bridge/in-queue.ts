/** The queue of an in route: sends that wait for room, and the search for the queue after its removal. */

import { MessageQueue } from '../queue/message-queue';
import { awaitRouteQueue, openRouteQueue } from './route-queue';
import type { CheckedQueue } from './routes';

export class InQueue {
  readonly #queue: CheckedQueue;
  #id = -1;
  /** The handle that waits for room. */
  #target: MessageQueue | undefined;
  readonly #stopSending = new AbortController();
  #endSearch: (() => void) | undefined;

  constructor(queue: CheckedQueue) {
    this.#queue = queue;
  }

  /** Its id; -1 before it was opened. */
  get id(): number {
    return this.#id;
  }

  open(): void {
    this.#id = openRouteQueue(this.#queue);
  }

  /** Sends, and waits for room. */
  send(data: Uint8Array, type: number | bigint): Promise<void> {
    if (this.#target?.id !== this.#id) {
      this.#target?.close();
      this.#target = MessageQueue.attach(this.#id);
    }
    return this.#target.send(data, { type, signal: this.#stopSending.signal });
  }

  /** Whether a removed queue can come back: a queue with a key can. */
  get canReturn(): boolean {
    return this.#queue.id === undefined;
  }

  /** Resolves with true once the queue is there again; with false when stop() is called first. */
  awaitReturn(): Promise<boolean> {
    this.#target?.close();
    this.#target = undefined;
    return new Promise((resolve, reject) => {
      const found = (queueId: number): void => {
        this.#id = queueId;
        resolve(true);
      };
      const stopLooking = awaitRouteQueue(this.#queue, found, reject);
      this.#endSearch = () => {
        stopLooking();
        resolve(false);
      };
    });
  }

  /** Cancels the send that waits, and the search. */
  stop(): void {
    this.#endSearch?.();
    this.#stopSending.abort();
  }

  close(): void {
    this.#target?.close();
  }
}
