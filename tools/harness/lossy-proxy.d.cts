export interface LossyProxy {
  readonly port: number;
  /** What the server says disappears. */
  swallowAnswers: boolean;
  /** Everything disappears. */
  isHole: boolean;
  /** The first connection, from 1 on, of which everything disappears. */
  holesFrom: number;
  /** Cuts every connection. */
  cut(): void;
  close(): void;
}

export function startLossyProxy(target: number): Promise<LossyProxy>;
