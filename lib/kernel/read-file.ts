/** Files that may not be there, or not be readable: undefined then. */

import { readFileSync, readlinkSync } from 'node:fs';

/** Other processes' names and command lines are bytes: read those as latin1. */
export function readText(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
  }
}

export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
