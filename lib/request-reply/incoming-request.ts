/** A request during its handling by a server. */

import { clearTimeout, setTimeout } from '../core/event-loop';
import { monotonicNow, NEVER, type RequestFrame } from './wire';

/** A request as a handler sees it, besides its data. */
export interface IncomingRequest {
  /** The type that the client chose. */
  readonly type: number;
  /** Milliseconds until the client's deadline; Infinity without one; negative after it. */
  readonly timeLeft: number;
  /** Aborted when no client waits for the reply: its timeout has passed, or the server was closed. */
  readonly signal: AbortSignal;
}

const MAX_TIMER_MS = 0x7fffffff;

export class RequestInProgress implements IncomingRequest {
  readonly type: number;
  readonly frame: RequestFrame;
  /** Whether its one reply is being sent. */
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

  // Created on demand, because most handlers never use it.
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

  /** The handling has ended. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
