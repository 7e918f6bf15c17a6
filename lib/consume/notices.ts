/** A consumer's events. A throwing listener does not end the consumer. */

import type { EventEmitter } from 'node:events';
import { throwLater } from '../core/throw-later';
import type { ConsumerEvents } from '../queue/consumers';

type Emitted = { [Name in keyof ConsumerEvents]: ConsumerEvents[Name] };

export class Notices {
  readonly #emitter: EventEmitter<ConsumerEvents>;

  constructor(emitter: EventEmitter<ConsumerEvents>) {
    this.#emitter = emitter;
  }

  get hasErrorListener(): boolean {
    return this.#emitter.listenerCount('error') > 0;
  }

  emit<Name extends keyof Emitted>(event: Name, ...args: Emitted[Name]): void {
    try {
      (this.#emitter as EventEmitter).emit(event, ...args);
    } catch (error) {
      throwLater(error);
    }
  }

  /** Reports an error after which the consumer continues. Without a listener it becomes a warning. */
  report(error: Error): void {
    if (this.hasErrorListener) this.emit('error', error);
    else process.emitWarning(error.message, { type: 'SysvmqWarning', code: (error as { code?: string }).code ?? '' });
  }
}
