export interface Random {
  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number;
  /** An integer from `least` to `most`. */
  between(least: number, most: number): number;
  pick<T>(values: readonly T[]): T;
  /** In place. */
  shuffle<T>(values: T[]): T[];
}

export function seeded(seed: number): Random;
