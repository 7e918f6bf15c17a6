/** ftok: a key from a file's name. */

import { statSync } from 'node:fs';
import { invalidType, outOfRange } from '../core/argument-errors';
import { refuseExtra } from '../core/options';
import { checkInteger, checkPath } from '../core/validators';
import { errorFromFile } from './error-from-file';

const INT32_MIN = -0x80000000;
const INT32_MAX = 0x7fffffff;

/**
 * Computes a key from a file and a project id, as C's `ftok(path, id)` does, so that programs that know the same file
 * find the same queue.
 *
 * The key consists of the low 8 bits of the id, the low 8 bits of the device number and the low 16 bits of the inode
 * number (glibc sysvipc/ftok.c; musl is the same). So it is weak: other files may have the same key (in a /usr of
 * 142,000 files 93 % shared theirs), it changes when the file is deleted and created again, and it may be negative, or
 * even 0, which is IPC_PRIVATE. If you can choose, a key that both sides agree on is better.
 *
 * @param path - An existing file; symbolic links are followed.
 * @param projectId - A character ('A'), or a number, of which only the low 8 bits count. POSIX leaves 0 undefined; on
 *   Linux it works.
 * @returns The key as a `key_t`: a signed 32-bit integer.
 * @throws {MessageQueueError} `ENOENT`, `ENOTDIR`, `ELOOP`, `ENAMETOOLONG`: there is no such file.
 * @throws {QueueAccessError} `EACCES`: a folder of the path may not be searched.
 *
 * @example
 * const key = ftok('/etc/passwd', 'A');
 * assert.equal(key, ftok('/etc/passwd', 65));
 * assert.equal(key >>> 24, 65);
 */
export function ftok(path: string | Buffer | URL, projectId: number | string): number;
export function ftok(path: string | Buffer | URL, projectId: number | string, extra?: unknown): number {
  refuseExtra(extra, 'ftok');
  const file = checkPath(path, 'path');
  const id = projectIdNumber(projectId);
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    return Number((ino & 0xffffn) | ((dev & 0xffn) << 16n)) | ((id & 0xff) << 24);
  } catch (error) {
    throw errorFromFile(error, 'permission to search the folders of the path');
  }
}

const PROJECT = "It tells several keys of one file apart: 'A', for example.";

function projectIdNumber(projectId: unknown): number {
  if (typeof projectId === 'number') return checkInteger(projectId, 'projectId', INT32_MIN, INT32_MAX);
  if (typeof projectId !== 'string') throw invalidType('projectId', 'of type number or string', projectId, PROJECT);
  const code = projectId.charCodeAt(0);
  if (projectId.length !== 1 || code > 0x7f) throw outOfRange('projectId', 'one ASCII character', projectId);
  return code;
}
