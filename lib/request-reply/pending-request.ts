/** One pending request: it waits for room, then for its reply. It settles once, with the first outcome. */

import { AbortError, TimeoutError } from '../core/errors';
import { clearTimeout, setTimeout } from '../core/event-loop';
import { type Cancellation, listen, stopListening } from '../waiting/cancellation';

/** The callbacks for the result. */
interface Outcome<Reply> {
  resolve(value: Reply): void;
  reject(error: unknown): void;
}

const MAY_BE_HANDLED = 'The request was sent, and may be handled anyway.';
const NOT_SENT = 'The request was not sent.';

export class PendingRequest<Reply> {
  /** Whether the request is, or was, in the queue. */
  sent = false;
  readonly #queueId: number;
  readonly #cancellation: Cancellation;
  readonly #outcome: Outcome<Reply>;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abort = (): void => this.#cancel((outcome) => this.#abortError(outcome));
  #stopSending: AbortController | undefined;
  #why: ((outcome: string) => Error) | undefined;
  #settled = false;

  constructor(queueId: number, cancellation: Cancellation, outcome: Outcome<Reply>) {
    this.#queueId = queueId;
    this.#cancellation = cancellation;
    this.#outcome = outcome;
    const { timeout, signal } = cancellation;
    // The wait for the reply decides whether the process stays alive; its timer does not.
    if (timeout !== undefined) {
      const onTimeout = (): void => this.#cancel((words) => this.#timeoutError(words));
      this.#timer = setTimeout(onTimeout, timeout).unref();
    }
    if (signal !== undefined) listen(signal, this.#abort);
  }

  /** The signal for a send that must wait for room. */
  get sendSignal(): AbortSignal {
    this.#stopSending ??= new AbortController();
    return this.#stopSending.signal;
  }

  /** The request is in the queue. */
  onSent(): void {
    this.sent = true;
    // The request was canceled at that moment.
    if (this.#why !== undefined) this.reject(this.#why(MAY_BE_HANDLED));
  }

  /** The request did not get into the queue. */
  onNotSent(error: unknown): void {
    this.reject(this.#why === undefined ? error : this.#why(NOT_SENT));
  }

  resolve(value: Reply): void {
    if (this.#end()) this.#outcome.resolve(value);
  }

  reject(error: unknown): void {
    if (!this.#end()) return;
    if (error instanceof Error) Object.assign(error, { requestSent: this.sent });
    this.#outcome.reject(error);
  }

  /** Cancels the request for an external reason. */
  fail(reason: () => Error): void {
    this.#cancel(reason);
  }

  // A request that is being sent settles when its outcome is known.
  #cancel(why: (outcome: string) => Error): void {
    if (this.sent || this.#stopSending === undefined) {
      this.reject(why(this.sent ? MAY_BE_HANDLED : NOT_SENT));
    } else {
      this.#why ??= why;
      this.#stopSending.abort();
    }
  }

  #timeoutError(outcome: string): Error {
    return new TimeoutError(this.#syscall, this.#queueId, this.#cancellation.timeout as number, outcome);
  }

  #abortError(outcome: string): Error {
    return new AbortError(this.#syscall, this.#queueId, this.#cancellation.signal?.reason, outcome);
  }

  get #syscall(): string {
    return this.sent ? 'msgrcv' : 'msgsnd';
  }

  #end(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    const { signal } = this.#cancellation;
    if (signal !== undefined) stopListening(signal, this.#abort);
    return true;
  }
}
