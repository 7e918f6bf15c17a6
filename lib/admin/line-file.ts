/** A file that only receives whole lines. */

import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lazy } from '../core/lazy';
import { errorFromFile } from '../kernel/error-from-file';

const files = lazy(() => require('node:fs/promises') as typeof import('node:fs/promises'));
const MODE = 0o600;
const NEWLINE = 0x0a;

export interface LineFile {
  /** Appends a line. When it rejects, no part of the line is left in the file. */
  write(line: string): Promise<void>;
  /** Syncs the written lines to the disk, and closes the file. */
  close(): Promise<void>;
}

/** How an existing file is opened. */
const FLAGS = { append: constants.O_APPEND, overwrite: constants.O_TRUNC, create: constants.O_EXCL } as const;

/** Opens a file for lines, and creates it if necessary. With `create` the file must not exist yet. */
export async function openLineFile(path: string | Buffer, how: keyof typeof FLAGS = 'append'): Promise<LineFile> {
  let file: FileHandle;
  try {
    // Opened for writing only: opening a pipe for both would succeed without a reader, and swallow the lines.
    file = await files().open(path, constants.O_WRONLY | constants.O_CREAT | FLAGS[how], MODE);
  } catch (error) {
    throw errorFromFile(error, `permission to write to ${path}`);
  }
  try {
    if (await endsInsideLine(file, path)) await writeWhole(file, '\n');
  } catch (error) {
    await file.close();
    throw error;
  }
  return { write: (line) => writeWhole(file, line), close: () => syncAndClose(file) };
}

// The queue no longer has the messages by then. Pipes and devices have nothing to sync.
async function syncAndClose(file: FileHandle): Promise<void> {
  try {
    if ((await file.stat()).isFile()) await file.datasync();
  } finally {
    await file.close();
  }
}

// A line that a crash has cut off must not become the beginning of our first line. In an unreadable file this is
// unknown.
async function endsInsideLine(file: FileHandle, path: string | Buffer): Promise<boolean> {
  const status = await file.stat();
  if (!status.isFile() || status.size === 0) return false;
  const reader = await files()
    .open(path, constants.O_RDONLY)
    .catch(() => undefined);
  if (reader === undefined) return false;
  try {
    const { bytesRead, buffer } = await reader.read(Buffer.alloc(1), 0, 1, status.size - 1);
    return bytesRead === 1 && buffer[0] !== NEWLINE;
  } finally {
    await reader.close();
  }
}

async function writeWhole(file: FileHandle, line: string): Promise<void> {
  const bytes = Buffer.from(line);
  let written = 0;
  try {
    while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
  } catch (error) {
    if (written > 0) await cutOff(file, written);
    throw error;
  }
}

async function cutOff(file: FileHandle, count: number): Promise<void> {
  const status = await file.stat();
  if (status.isFile()) await file.truncate(status.size - count);
}
