/** Folders for tests that write files; they go after the test that made them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder, which only this user may enter. Call it in a test, and `afterEach(removeTemporaryFolders)`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-test-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];

export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}
