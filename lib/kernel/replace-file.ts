/** Replaces a file atomically: readers see the old text or the new one, even after a crash. */

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { lazy } from '../core/lazy';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

const NEW_FILE_MODE = 0o644;
const PERMISSION_BITS = 0o7777;
/** The most symbolic links that Linux follows. */
const MAX_LINKS = 40;

function ifMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The target of a path, even if no file exists there yet. */
function followLinks(path: string): string {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    if (ifMissing(() => lstatSync(target))?.isSymbolicLink() !== true) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  statSync(path); // Says ELOOP.
  return target;
}

/**
 * Writes the result of `edit`, which receives the file's text (undefined: there is no file), to a new file beside it,
 * and renames that over it. A symbolic link stays one; mode and owner stay, and so does every byte that `edit` leaves
 * alone, in any encoding. `beforeReplacing` runs right before the rename; if it throws, the file stays as it was.
 */
export function replaceFile(
  path: string,
  edit: (before: string | undefined) => string,
  { beforeReplacing }: { beforeReplacing: () => void },
): void {
  const target = followLinks(path);
  const before = ifMissing(() => statSync(target));
  const text = edit(ifMissing(() => readFileSync(target, 'latin1')));
  // Not *.conf, so that sysctl ignores the remains of a crash.
  const temporary = join(dirname(target), `.${basename(target)}.${crypto().randomBytes(6).toString('hex')}.tmp`);
  const file = openSync(temporary, 'wx', NEW_FILE_MODE);
  try {
    writeFileSync(file, text, 'latin1');
    fchmodSync(file, before === undefined ? NEW_FILE_MODE : before.mode & PERMISSION_BITS);
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
