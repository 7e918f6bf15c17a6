/**
 * The terminal, in escape sequences that all current terminals support (ECMA-48 and xterm's). Leaving restores its
 * state.
 */

import { StringDecoder } from 'node:string_decoder';
import type { Line, Span } from './drawing';
import { readKeys } from './keys';
import type { Size } from './screen';

/** The alternate screen, no cursor, and no wrapping: a character may be wider than this program computes. */
const TAKE = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const GIVE_BACK = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';
const COLORS = { red: 31, green: 32, yellow: 33, cyan: 36, gray: 90 } as const;
/** The size of a terminal that reports none. */
const USUAL_SIZE: Size = { width: 80, height: 24 };
/** An ESC is the key, not the beginning of a sequence, if nothing follows within this many milliseconds. */
const ESCAPE_MS = 50;

interface TerminalEvents {
  key(name: string): void;
  resized(): void;
}

export class TerminalScreen {
  readonly #events: TerminalEvents;
  readonly #colors = process.env['NO_COLOR'] === undefined || process.env['NO_COLOR'] === '';
  /** The lines on the screen; empty when they are unknown. */
  #shown: string[] = [];
  #entered = false;
  #decoder = new StringDecoder('utf8');
  /** The beginning of an incomplete key sequence. */
  #rest = '';
  #escape: NodeJS.Timeout | undefined;
  readonly #onData = (bytes: Buffer): void => this.#read(bytes);
  readonly #onResize = (): void => {
    this.#shown = [];
    process.stdout.write('\x1b[0m\x1b[2J');
    this.#events.resized();
  };
  readonly #onExit = (): void => this.leave();

  constructor(events: TerminalEvents) {
    this.#events = events;
  }

  get size(): Size {
    const { columns, rows } = process.stdout;
    return { width: columns || USUAL_SIZE.width, height: rows || USUAL_SIZE.height };
  }

  /** Takes over the terminal: alternate screen, no cursor, raw keys. */
  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    // Uncaught exceptions and process.exit() end here, too.
    process.on('exit', this.#onExit);
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#onData);
    process.stdin.resume();
    process.stdout.on('resize', this.#onResize);
    this.#shown = [];
    process.stdout.write(TAKE);
  }

  /** Restores the terminal. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    clearTimeout(this.#escape);
    this.#rest = '';
    process.off('exit', this.#onExit);
    process.stdout.off('resize', this.#onResize);
    process.stdin.off('data', this.#onData);
    process.stdin.pause();
    process.stdout.write(GIVE_BACK);
    process.stdin.setRawMode(false);
  }

  /** Shows these lines, and writes only those that changed. */
  show(lines: readonly Line[]): void {
    const wanted = lines.slice(0, this.size.height).map((line) => line.map((span) => this.#styled(span)).join(''));
    const changed = wanted.flatMap((line, y) => (line === this.#shown[y] ? [] : [`\x1b[${y + 1};1H\x1b[2K${line}`]));
    this.#shown = wanted;
    if (changed.length > 0) process.stdout.write(changed.join(''));
  }

  #styled({ text, color, bold = false, inverse = false }: Span): string {
    const codes = [
      ...(bold ? [1] : []),
      ...(inverse ? [7] : []),
      ...(color === undefined || !this.#colors ? [] : [COLORS[color]]),
    ];
    return codes.length === 0 || text === '' ? text : `\x1b[${codes.join(';')}m${text}\x1b[0m`;
  }

  #read(bytes: Buffer): void {
    clearTimeout(this.#escape);
    const { keys, rest } = readKeys(this.#rest + this.#decoder.write(bytes));
    this.#rest = rest;
    if (rest !== '') this.#escape = setTimeout(() => this.#endEscape(), ESCAPE_MS);
    for (const key of keys) this.#events.key(key);
  }

  #endEscape(): void {
    this.#rest = '';
    this.#events.key('ESCAPE');
  }
}
