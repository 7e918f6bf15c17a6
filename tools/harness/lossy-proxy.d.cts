export interface LossyProxy {
  readonly port: number;
  /** What the server says disappears. */
  swallowAnswers: boolean;
  /** Everything disappears. */
  isHole: boolean;
  /** Cuts every connection. */
  cut(): void;
  close(): void;
}

export function startLossyProxy(target: number): Promise<LossyProxy>;
