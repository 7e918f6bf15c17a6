/** What tests of consume() share: a state folder of their own. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { beforeQueuesGo } from './queues';

/** A folder in /dev/shm that goes after the test. */
export function stateFolder(): string {
  const folder = mkdtempSync('/dev/shm/sysvmq-test-');
  beforeQueuesGo(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The airlocks in it. */
export function airlocksIn(folder: string): string[] {
  return readdirSync(folder);
}
