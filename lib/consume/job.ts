/** The second argument of a handler: its message's attempt, signal and id. */

import { setMaxListeners } from 'node:events';
import type { ConsumeJob } from '../queue/consumers';
import type { Work } from './inbox';

/**
 * One signal for all handlers of a consumer, created when the first handler asks for it: creating one takes a
 * microsecond.
 */
export class SharedSignal {
  #controller: AbortController | undefined;
  #aborted = false;
  #reason: unknown;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // Every handler may add a listener, so no limit applies.
      setMaxListeners(0, this.#controller.signal);
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

export class Job implements ConsumeJob {
  readonly attempt: number;
  readonly #work: Work<unknown>;
  readonly #shared: SharedSignal;

  constructor(work: Work<unknown>, shared: SharedSignal) {
    this.attempt = work.attempts;
    this.#work = work;
    this.#shared = shared;
  }

  get id(): string {
    return this.#work.id;
  }

  get uncertain(): boolean {
    return this.#work.uncertain;
  }

  get signal(): AbortSignal {
    return this.#shared.signal;
  }
}
