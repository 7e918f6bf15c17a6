/** A consumer's events. A throwing listener does not end the consumer. */

import type { EventEmitter } from 'node:events';
import { debug, isDebugging } from '../core/debug';
import { throwLater } from '../core/throw-later';
import type { ConsumerEvents } from '../queue/consumers';

type Emitted = { [Name in keyof ConsumerEvents]: ConsumerEvents[Name] };

// An event may carry a whole message.
function wordsOf(event: Error | object): string {
  if (event instanceof Error) return event.message;
  const { error, attempt, attempts = attempt } = event as { error?: unknown; attempt?: number; attempts?: number };
  return attempts === undefined ? '' : `attempt ${attempts}, ${error instanceof Error ? error.message : ''}`;
}

export class Notices {
  readonly #emitter: EventEmitter<ConsumerEvents>;

  constructor(emitter: EventEmitter<ConsumerEvents>) {
    this.#emitter = emitter;
  }

  get hasErrorListener(): boolean {
    return this.#emitter.listenerCount('error') > 0;
  }

  emit<Name extends keyof Emitted>(event: Name, ...args: Emitted[Name]): void {
    if (isDebugging && event !== 'recovered') debug('a consumer emits %s: %s', event, wordsOf(args[0]));
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
