/** The consumer, for its parts (intake.ts, attempts.ts). */
export interface ConsumerLoop {
  /** The queue that it takes from now. */
  readonly queueId: number;
  /** It has closed its airlocks: what is in them is the next consumer's. */
  readonly ended: boolean;
  /** There may be something to do: a message, or room for one. */
  pump(): void;
  /** A slot is free again. */
  onFreed(): void;
  onRemoved(): void;
  /** It can't go on: it ends when what is in hand is done. */
  fail(error: Error): void;
}
