/**
 * Sends the messages of an in route that wait for room on a thread: one after the other, each noted by the thread as
 * soon as the queue has it. So the event loop runs once for some messages, not for each that a reader has taken.
 */

import { statusOf } from '../kernel/status-of';
import { addHandler, addReferences, removeHandler } from '../native/events';
import { NotedBatch } from '../native/noted-batch';
import { cancelNotedBatch, closeNotingSender, openNotingSender, startNotedBatch } from '../native/notes';
import type { IncomingMessage } from './engine';
import type { NoteFile, Settled } from './settled';

export class InBatches {
  readonly #batch = new NotedBatch();
  #queueId = -1;
  #file: NoteFile | undefined;
  #slot = -1;
  #token = 0;
  #onEnd: ((result: number) => void) | undefined;

  /**
   * Sends the first of these messages, as many as go together. `typeOf`: the type of a message, or undefined for one that
   * is not to be sent. Resolves with those that are in the queue and in the note's file, but not yet noted in `settled`.
   * None: the cause shows when the first one is sent by itself.
   */
  async send(
    queueId: number,
    settled: Settled,
    messages: readonly IncomingMessage[],
    typeOf: (message: IncomingMessage) => number | bigint | undefined,
  ): Promise<IncomingMessage[]> {
    const { file } = settled;
    if (queueId !== this.#queueId || file !== this.#file) this.#open(queueId, file);
    if (this.#slot < 0) return [];
    const batch = this.#batch;
    batch.clear();
    // The thread would wait half a second before it looks whether a message can ever fit.
    const most = statusOf(queueId)?.msg_qbytes ?? Number.POSITIVE_INFINITY;
    for (const stores of settled.storesFor(messages)) {
      const message = messages[batch.count] as IncomingMessage;
      const type = message.data.length > most ? undefined : typeOf(message);
      if (type === undefined || !batch.add(type, message.data, stores)) break;
    }
    if (batch.count === 0) return [];
    const together = messages.slice(0, batch.count);
    if (startNotedBatch(this.#slot, batch) < 0) return [];
    addReferences(1);
    const result = await new Promise<number>((resolve) => {
      this.#onEnd = resolve;
    });
    addReferences(-1);
    return together.slice(0, Math.max(0, result));
  }

  // A sender that can't be opened is not tried again: the messages are then sent one by one.
  #open(queueId: number, file: NoteFile): void {
    this.close();
    this.#queueId = queueId;
    this.#file = file;
    this.#token = addHandler((result) => this.#onEnd?.(result));
    this.#slot = openNotingSender(queueId, file.path, file.bytes, this.#token);
    if (this.#slot < 0) removeHandler(this.#token);
  }

  /** The batch under way ends with the message that is just being sent. */
  cancel(): void {
    if (this.#slot >= 0) cancelNotedBatch(this.#slot);
  }

  /** No batch is under way. */
  close(): void {
    if (this.#slot < 0) return;
    closeNotingSender(this.#slot);
    removeHandler(this.#token);
    this.#slot = -1;
  }
}
