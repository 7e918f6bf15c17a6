/** The waits of one handle: close() cancels them, and ref() and unref() apply to them. */

import { addReferences } from '../native/events';

/** A wait that can be canceled. */
export interface Cancelable {
  cancel(reason: Error): void;
  /** Calls the function in the async context of the wait. */
  inContext?<R>(call: () => R): R;
}

export class HandleWaits {
  readonly #waits = new Set<Cancelable>();
  #referenced = true;

  /** @throws Error without memory to wait; the wait is not added then. */
  add(wait: Cancelable): void {
    if (this.#referenced) addReferences(1);
    this.#waits.add(wait);
  }

  delete(wait: Cancelable): void {
    if (this.#waits.delete(wait) && this.#referenced) addReferences(-1);
  }

  /** Whether pending waits keep the process alive. */
  reference(referenced: boolean): void {
    if (referenced === this.#referenced) return;
    this.#referenced = referenced;
    addReferences(referenced ? this.#waits.size : -this.#waits.size);
  }

  cancelAll(reason: () => Error): void {
    for (const wait of this.#waits) wait.cancel(wait.inContext?.(reason) ?? reason());
  }
}
