/** A request while a server handles it. */

import { clearTimeout, setTimeout } from '../core/event-loop';
import { monotonicNow, NEVER, type RequestFrame } from './wire';

/** A request as a handler sees it, besides its data. */
export interface IncomingRequest {
  /** The type that the client gave it. */
  readonly type: number;
  /** Milliseconds until the client's deadline; Infinity without one; negative after it. */
  readonly timeLeft: number;
  /** Aborted when nobody waits for the reply any longer: the client's time is up, or the server was closed meanwhile. */
  readonly signal: AbortSignal;
}

const MAX_TIMER_MS = 0x7fffffff;

export class RequestInProgress implements IncomingRequest {
  readonly type: number;
  readonly frame: RequestFrame;
  /** Whether its one reply is on its way. */
  answered = false;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(frame: RequestFrame, type: number) {
    this.frame = frame;
    this.type = type;
  }

  get timeLeft(): number {
    const { expiresAt } = this.frame;
    return expiresAt === NEVER ? Number.POSITIVE_INFINITY : expiresAt - monotonicNow();
  }

  // Most handlers never ask for it.
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      if (this.frame.expiresAt !== NEVER) {
        const delay = Math.min(Math.max(this.timeLeft, 0), MAX_TIMER_MS);
        this.#timer = setTimeout(() => controller.abort(new Error('The time for this request is up.')), delay).unref();
      }
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller?.abort(reason);
  }

  /** It has been handled. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
