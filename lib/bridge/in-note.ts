/** The note of an in route, and who writes it: the event loop, or the thread of a batch. */

import type { Owner } from '../consume/state-folder';
import type { IncomingMessage, StreamPosition, Subscriber } from './engine';
import { InBatches } from './in-batches';
import { type Settled, SettledBitmap } from './settled';
import { SettledPositions } from './settled-positions';
import { routeFile } from './state';

export class InNote {
  readonly #batches = new InBatches();
  #settled: Settled | undefined;
  /** The stream that the note is of; empty before it was opened. */
  identity = '';
  #openings = 0;
  #isWrittenByThread = false;
  /** A floor that came while the thread wrote. */
  #floorMeanwhile: StreamPosition | undefined;

  /** Opens the note of the subscriber's stream, unless it is open. */
  async open(folder: string, owner: Owner, subscriber: Subscriber): Promise<Settled> {
    const { identity, numbering } = subscriber;
    if (this.#settled === undefined || this.identity !== identity) {
      this.#settled?.close();
      const path = routeFile(folder, owner, 'note');
      this.#settled =
        numbering === 'each'
          ? new SettledBitmap(path, identity)
          : new SettledPositions(path, identity, numbering === 'ordered');
      this.identity = identity;
    }
    const settled = this.#settled;
    this.#openings += 1;
    const opening = this.#openings;
    const known = await subscriber.knownUpTo?.(settled.high);
    const floor = await subscriber.floor();
    // Late answers of a connection that is gone: the next one may have a batch under way.
    if (opening !== this.#openings) return settled;
    if (known !== undefined) settled.lowerTo(known);
    settled.raiseFloor(floor);
    return settled;
  }

  isSettled({ position, storedAt, redelivered }: IncomingMessage): boolean {
    return this.#settled?.isSettled(position, storedAt, redelivered) === true;
  }

  settle({ position, storedAt }: IncomingMessage): void {
    this.#settled?.settle(position, storedAt);
  }

  raiseFloor(floor: StreamPosition): void {
    if (this.#isWrittenByThread) this.#floorMeanwhile = floor;
    else this.#settled?.raiseFloor(floor);
  }

  /** The connection is gone: the next one has a floor of its own. */
  forgetFloor(): void {
    this.#floorMeanwhile = undefined;
  }

  /** Like InBatches.send(). The messages that it resolves with are noted. */
  async sendTogether(
    queueId: number,
    messages: readonly IncomingMessage[],
    typeOf: (message: IncomingMessage) => number | bigint | undefined,
  ): Promise<IncomingMessage[]> {
    const settled = this.#settled as Settled;
    this.#isWrittenByThread = true;
    try {
      const sent = await this.#batches.send(queueId, settled, messages, typeOf);
      for (const { position, storedAt } of sent) settled.settle(position, storedAt, true);
      if (this.#floorMeanwhile !== undefined) settled.raiseFloor(this.#floorMeanwhile);
      return sent;
    } finally {
      this.#isWrittenByThread = false;
      this.#floorMeanwhile = undefined;
    }
  }

  /** The batch under way ends with the message that is just being sent. */
  cancel(): void {
    this.#batches.cancel();
  }

  /** No batch is under way. */
  close(): void {
    this.#batches.close();
    this.#settled?.close();
  }
}
