/** The command on the screen of a real terminal emulator, tmux: what stands where, after all escape sequences. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './child';
import { commandPath } from './command';
import { program } from './needs';

/** For itNeeds. */
export const screenNeeds = program('tmux');

export interface ScreenOptions {
  width?: number;
  height?: number;
  env?: Record<string, string>;
  /** Shell words in front of node. */
  prefix?: string;
}

/** A terminal in which a shell has printed "before", runs `sysvmq …args`, and prints its status and what stty says. */
export class Screen {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sysvmq-screen-'));

  /** The arguments go through a shell: quote what it would change. */
  constructor(args: readonly string[], { width = 80, height = 24, env = {}, prefix = '' }: ScreenOptions = {}) {
    screens.add(this);
    const line = `${prefix} ${process.execPath} ${commandPath} ${args.join(' ')}`;
    const script = `export TZ=UTC; before=$(stty -g); echo before; ${line}; echo "ended with $?"
      [ "$(stty -g)" = "$before" ] && echo "modes as before"; exec sleep 1000`;
    const settings = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      `${width}`,
      '-y',
      `${height}`,
      ...settings,
      `bash -c '${script}'`,
    );
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-u', '-S', join(this.#folder, 'socket'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, TMUX: '', LC_ALL: 'C.UTF-8' },
    });
  }

  /** What stands on the screen, line by line. */
  lines(): string[] {
    return this.#tmux('capture-pane', '-p').split('\n');
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** The same with its colors, as escape sequences. */
  colored(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** Whether the other screen is shown, and the cursor. */
  modes(): { alternate: boolean; cursor: boolean } {
    const [alternate, cursor] = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').trim().split(' ');
    return { alternate: alternate === '1', cursor: cursor === '1' };
  }

  /** The pid of the process that runs the command, or of its shell. */
  pid(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();
    const [child] = execFileSync('ps', ['--ppid', shell, '-o', 'pid='], { encoding: 'utf8' }).trim().split('\n');
    return Number(child);
  }

  async shows(wanted: string | RegExp): Promise<void> {
    let text = '';
    const matches = (): boolean => {
      text = this.text();
      return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
    };
    await until(`the screen shows ${wanted}`, matches).catch((error) => {
      throw new Error(`${error.message}; it shows\n${text}`);
    });
  }

  /** tmux's names of keys: Enter, Up, C-c, or text. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(width: number, height: number): void {
    this.#tmux('resize-window', '-x', `${width}`, '-y', `${height}`);
  }

  close(): void {
    if (!screens.delete(this)) return;
    this.#tmux('kill-server');
    rmSync(this.#folder, { recursive: true });
  }
}

const screens = new Set<Screen>();

afterEach(() => {
  for (const screen of screens) screen.close();
});
