/** A pipe whose reader is the test: it reads, or does not, or goes. */

import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder';

export class Pipe {
  /** For the stdout of a process. */
  readonly writeEnd: number;
  readonly #readEnd: number;
  #open = true;

  /** Takes `afterEach(removeTemporaryFolders)`. */
  constructor() {
    const path = join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    this.#readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writeEnd = openSync(path, constants.O_WRONLY);
    pipes.push(this);
  }

  /** Once a process has the other end, this one's copy goes: only then the pipe can end. */
  handOver(): void {
    closeSync(this.writeEnd);
  }

  /** What is in the pipe now. */
  read(): string {
    const buffer = Buffer.alloc(1024 * 1024);
    try {
      return buffer.toString('utf8', 0, readSync(this.#readEnd, buffer));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  }

  /** The reader goes. */
  close(): void {
    if (this.#open) closeSync(this.#readEnd);
    this.#open = false;
  }
}

const pipes: Pipe[] = [];

afterEach(() => {
  for (const pipe of pipes.splice(0)) pipe.close();
});
