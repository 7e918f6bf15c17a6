/** The command on a terminal: script(1) makes one, the test types. */

import { type ChildProcess, spawn } from 'node:child_process';
import { until } from './child';
import { commandPath } from './command';
import { program } from './needs';

/** For itNeeds. */
export const terminalNeeds = program('script', 'bsdutils');

export class Terminal {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  /** All that was shown, as the terminal gets it. */
  shown = '';

  /** The arguments go through a shell: quote what it would change. */
  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const line = ['exec', process.execPath, commandPath, ...args].join(' ');
    this.process = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      stdio: 'pipe',
      env: { ...process.env, TERM: 'xterm-256color', TZ: 'UTC', ...env },
    });
    terminals.add(this);
    this.process.stdout?.on('data', (chunk) => {
      this.shown += chunk;
    });
    this.process.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.process.once('close', (status) => {
        terminals.delete(this);
        resolve(status);
      });
    });
  }

  async shows(text: string): Promise<void> {
    await until(`the terminal shows ${JSON.stringify(text)}`, () => this.shown.includes(text));
  }

  type(keys: string): void {
    this.process.stdin?.write(keys);
  }
}

const terminals = new Set<Terminal>();

afterEach(async () => {
  for (const terminal of [...terminals]) {
    terminal.process.kill();
    await terminal.ended;
  }
});
