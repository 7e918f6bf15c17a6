/** The consumer, for its parts (intake.ts, attempts.ts). */
export interface ConsumerLoop {
  /** The queue that it currently takes from. */
  readonly queueId: number;
  /** It has closed its airlocks: the messages in them belong to the next consumer. */
  readonly ended: boolean;
  /** Checks for work: a message, or room for one. */
  pump(): void;
  /** A slot is free again. */
  onFreed(): void;
  onRemoved(): void;
  /** It can't continue, and ends when the messages in hand are done. */
  fail(error: Error): void;
}
