/** The status of a queue for an error, or undefined. */

import { IPC_STAT, MSG_STAT_ANY } from '../core/constants';
import { readMsqidDs, readStatus } from '../native/calls';
import type { MsqidDs } from '../native/structs';

/**
 * Reads the status with IPC_STAT, or without read permission with MSG_STAT_ANY, which needs none; undefined when both
 * fail.
 */
export function statusOf(queueId: number): MsqidDs | undefined {
  if (readStatus(queueId, IPC_STAT) >= 0) return readMsqidDs();
  // MSG_STAT_ANY takes an index and ignores the higher bits, so an id works; the result contains the id that it found.
  return readStatus(queueId, MSG_STAT_ANY) === queueId ? readMsqidDs() : undefined;
}
