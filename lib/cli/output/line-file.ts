/** A file of whole lines. */

import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { FailureError } from '../errors';

const FLAGS = { create: 'wx', append: 'a', overwrite: 'w' } as const;
/** Messages are for who may read the queue. */
const MODE = 0o600;

export class LineFile {
  readonly #path: string;
  readonly #file: number;
  readonly #isRegular: boolean;
  #length: number;

  constructor(path: string, how: keyof typeof FLAGS) {
    this.#path = path;
    try {
      this.#file = openSync(path, FLAGS[how], MODE);
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      throw new FailureError(
        `${(error as Error).message}${exists ? '. Give --append or --force, or another name.' : ''}`,
      );
    }
    const status = fstatSync(this.#file);
    this.#isRegular = status.isFile();
    this.#length = status.size;
  }

  /** Writes a line in full, or takes back what it has written of it. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
      this.#length += bytes.length;
    } catch (error) {
      if (this.#isRegular) ftruncateSync(this.#file, this.#length);
      throw new FailureError(`${this.#path} cannot be written: ${(error as Error).message}.`);
    }
  }

  /** What is in it is on the disk then: the queue's copy is gone. */
  close(): void {
    try {
      if (this.#isRegular) fsyncSync(this.#file);
    } catch (error) {
      throw new FailureError(`${this.#path} may not be on the disk: ${(error as Error).message}.`);
    } finally {
      closeSync(this.#file);
    }
  }
}
