// The account of numbered messages: sent, and received.
import { isAsSent } from '../consume/texts.mjs';

/** Counts numbered messages: those that come twice, and those that are not as they were sent, or not in order. */
export class Account {
  #times = [];
  #last = -1;
  messages = 0;
  distinct = 0;
  wrong = 0;
  disorder = 0;

  note(data, type) {
    const colon = data.indexOf(':');
    const number = Number(data.toString('latin1', 0, colon < 0 ? undefined : colon));
    this.messages += 1;
    if (type !== undefined && !isAsSent(String(number), { data, type: Number(type) })) this.wrong += 1;
    // One that comes twice comes again at once, or it is one that was delivered again: only new ones must ascend.
    if (this.#times[number] === undefined) {
      this.distinct += 1;
      if (number < this.#last) this.disorder += 1;
      this.#last = number;
    }
    this.#times[number] = (this.#times[number] ?? 0) + 1;
  }

  /** The faults in words. `most`: how many may come twice. */
  wrongs(sent, most, { isOrdered = true } = {}) {
    const lost = sent - this.distinct;
    const twice = this.messages - this.distinct;
    return [
      ...(lost === 0 ? [] : [`${lost} of ${sent} lost`]),
      ...(twice <= most ? [] : [`${twice} came twice, and ${most} may`]),
      ...(this.wrong === 0 ? [] : [`${this.wrong} are not as they were sent`]),
      ...(this.disorder === 0 || !isOrdered ? [] : [`${this.disorder} out of order`]),
    ];
  }

  get twice() {
    return this.messages - this.distinct;
  }
}
