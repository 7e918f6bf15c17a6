/** Replaces a file as a whole: readers see the old text or the new one, also after a crash. */

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const NEW_FILE_MODE = 0o644;

function ifMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes what `edit` makes of the file's text (undefined: there is no file) beside it and renames that over it. A
 * symbolic link stays one; mode and owner stay. `beforeReplacing` runs when all but the rename is done; when it throws,
 * the file stays as it was.
 */
export function replaceFile(
  path: string,
  edit: (before: string | undefined) => string,
  { beforeReplacing }: { beforeReplacing: () => void },
): void {
  const target = ifMissing(() => realpathSync(path)) ?? path;
  const before = ifMissing(() => statSync(target));
  const text = edit(ifMissing(() => readFileSync(target, 'utf8')));
  // Not *.conf, so that sysctl passes over what a crash leaves behind.
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  const file = openSync(temporary, 'wx', NEW_FILE_MODE);
  try {
    writeFileSync(file, text);
    fchmodSync(file, before === undefined ? NEW_FILE_MODE : before.mode & 0o7777);
    if (before !== undefined) fchownSync(file, before.uid, before.gid);
    fsyncSync(file);
    beforeReplacing();
    renameSync(temporary, target);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(file);
  }
}
