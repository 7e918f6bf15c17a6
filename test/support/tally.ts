/** Messages by their numbers: each that was sent is to turn up once. */

const MAX_NAMED = 20;

export class Tally {
  readonly #sent = new Set<number>();
  readonly #times = new Map<number, number>();

  sent(number: number): void {
    this.#sent.add(number);
  }

  delivered(number: number): void {
    this.#times.set(number, (this.#times.get(number) ?? 0) + 1);
  }

  /** How many different messages were sent. */
  get count(): number {
    return this.#sent.size;
  }

  /** Whether as many as were sent have turned up. */
  get complete(): boolean {
    return this.#times.size >= this.#sent.size;
  }

  /** The mismatches, in words; none when every message has turned up once. */
  wrongs(): string[] {
    const missing = [...this.#sent]
      .filter((number) => !this.#times.has(number))
      .map((number) => `${number} is missing`);
    const others = [...this.#times].flatMap(([number, times]) => {
      if (!this.#sent.has(number)) return `${number} was not sent`;
      return times === 1 ? [] : `${number} came ${times} times`;
    });
    const all = [...missing, ...others];
    return all.length <= MAX_NAMED ? all : [...all.slice(0, MAX_NAMED), `and ${all.length - MAX_NAMED} more`];
  }
}
