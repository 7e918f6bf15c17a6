/** The waits of one handle: what close() gives up, and what ref() and unref() are about. */

import { addReferences } from './events';

/** A wait that can be given up. */
export interface GivenUp {
  giveUp(reason: Error): void;
}

export class HandleWaits {
  readonly #waits = new Set<GivenUp>();
  #referenced = true;

  add(wait: GivenUp): void {
    this.#waits.add(wait);
    if (this.#referenced) addReferences(1);
  }

  delete(wait: GivenUp): void {
    if (this.#waits.delete(wait) && this.#referenced) addReferences(-1);
  }

  /** Whether pending waits keep the process alive. */
  reference(referenced: boolean): void {
    if (referenced === this.#referenced) return;
    this.#referenced = referenced;
    addReferences(referenced ? this.#waits.size : -this.#waits.size);
  }

  giveUpAll(reason: () => Error): void {
    for (const wait of this.#waits) wait.giveUp(reason());
  }
}
