/** A consumer's messages without an airlock: a crash loses the messages in hand, and none is handled twice. */

import { randomUUID } from 'node:crypto';
import type { Codec } from '../codecs/codec';
import * as errno from '../core/errno';
import { DecodeError, MessageQueueError } from '../core/errors';
import { exactType, type Message, makeMessage } from '../core/message';
import type { Handle } from '../messages/handle';
import { type Cancelable, HandleWaits } from '../messages/handle-waits';
import { takeMessage } from '../messages/receive';
import type { Selection } from '../messages/selector';
import { oneMessage } from '../waiting/async-receive';
import { endless } from '../waiting/cancellation';
import { enqueueReceive } from '../waiting/pending-receive';
import type { Inbox, InboxWaitEnd, Work } from './inbox';

export class QueueInbox<T> implements Inbox<T> {
  readonly slots = 0;
  readonly slotBytes = 0;
  readonly stateBytes = 0;
  readonly #handle: Handle<T>;
  readonly #selection: Selection;
  readonly #waits = new HandleWaits();
  #wait: Cancelable | undefined;

  constructor(handle: Handle<T>, selection: Selection) {
    this.#handle = handle;
    this.#selection = selection;
    // The consumer itself decides whether the process stays alive.
    this.#waits.reference(false);
  }

  get waiting(): boolean {
    return this.#wait !== undefined;
  }

  take(queueId: number): Work<T> | number {
    try {
      const message = takeMessage(queueId, this.#selection, this.#handle.codec);
      return message === undefined ? errno.ENOMSG : new TakenWork(this.#handle.codec, message, undefined);
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): Work<T> | number {
    if (error instanceof DecodeError) return new TakenWork(this.#handle.codec, undefined, error);
    if (error instanceof MessageQueueError && error.errno !== undefined) return error.errno;
    throw error;
  }

  wait(queueId: number, onEnd: InboxWaitEnd<T>): number {
    const { spin } = this.#handle;
    const end = (outcome: Work<T> | number): void => {
      this.#wait = undefined;
      if (typeof outcome === 'number') onEnd(outcome, undefined);
      else onEnd(0, outcome);
    };
    this.#wait = enqueueReceive(
      { id: queueId, spin, waits: this.#waits },
      this.#selection,
      endless,
      oneMessage({ ...this.#handle, id: queueId }, this.#selection),
      {
        resolve: (message) => end(new TakenWork(this.#handle.codec, message, undefined)),
        reject: (error) => end(this.#ended(error)),
      },
    );
    return 0;
  }

  #ended(error: unknown): Work<T> | number {
    if ((error as MessageQueueError).code === 'ECANCELED') return errno.EINTR;
    return this.#failed(error);
  }

  cancelWait(): void {
    this.#waits.cancelAll(() => new MessageQueueError('The consumer was closed', { code: 'ECANCELED' }));
  }

  recover(): Work<T>[] {
    return [];
  }

  close(): void {
    this.cancelWait();
  }
}

/** A message that exists only in this process's memory. */
class TakenWork<T> implements Work<T> {
  attempts = 1;
  readonly notBefore = 0;
  readonly takenAt = Date.now();
  readonly uncertain = false;
  readonly #codec: Codec<T>;
  readonly #message: Message<T> | undefined;
  readonly #error: DecodeError | undefined;
  #id: string | undefined;

  constructor(codec: Codec<T>, message: Message<T> | undefined, error: DecodeError | undefined) {
    this.#codec = codec;
    this.#message = message;
    this.#error = error;
  }

  get id(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  message(): Message<T> {
    if (this.#error !== undefined) throw this.#error;
    return this.#message as Message<T>;
  }

  // Encoded again, because the bytes are not kept after decoding.
  bytes(): Message<Buffer> {
    if (this.#error !== undefined) return makeMessage(this.#error.messageType, this.#error.raw, false);
    const message = this.#message as Message<T>;
    const type = exactType(message);
    const encoded = this.#codec.encode(message.data, type);
    return makeMessage(type, Buffer.from(encoded as Uint8Array), false);
  }

  begin(): void {
    this.attempts = 1;
  }

  postpone(): void {}

  done(): void {}
}
