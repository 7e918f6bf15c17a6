/** The parts of a connection to Redis that publishers, subscribers and checks use. */

import type { RedisLog } from './redis-log';
import type { RedisClient } from './redis-types';

export interface RedisLink {
  readonly main: RedisClient;
  /** The log of what `main` stores. */
  readonly log: RedisLog;
  /** The longest value that the server takes, in bytes. */
  readonly longestValue: number;
  /** Another connection, for a command that blocks. It goes with this one. */
  openAnother(): Promise<RedisClient>;
  abandon(reason: Error): void;
}
