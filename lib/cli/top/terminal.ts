/** The terminal, by way of terminal-kit: what it was is what it is again afterwards. */

import { FailureError } from '../errors';
import type { Line, Span } from './drawing';
import type { Size } from './screen';

/** As much of terminal-kit as is used here; it comes without types. */
interface TerminalKit {
  terminal: KitTerminal;
  ScreenBuffer: new (options: { dst: KitTerminal; width: number; height: number }) => KitBuffer;
}

interface KitTerminal {
  width: number;
  height: number;
  fullscreen(on: boolean): void;
  hideCursor(hide?: boolean): void;
  grabInput(options: boolean | object): void;
  styleReset(): void;
  on(event: string, listener: (...args: never[]) => void): void;
  off(event: string, listener: (...args: never[]) => void): void;
}

interface KitBuffer {
  fill(options: { attr: object; char: string }): void;
  put(options: { x: number; y: number; attr: object; wrap: boolean }, text: string): void;
  draw(options: { delta: boolean }): void;
}

function loadTerminalKit(): TerminalKit {
  try {
    return require('terminal-kit') as TerminalKit;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new FailureError('The package terminal-kit, which is optional, is not installed: npm install terminal-kit.');
  }
}

export interface TerminalEvents {
  key(name: string): void;
  resized(): void;
}

export class TerminalScreen {
  readonly #kit = loadTerminalKit();
  readonly #terminal = this.#kit.terminal;
  readonly #events: TerminalEvents;
  readonly #colors = process.env['NO_COLOR'] === undefined || process.env['NO_COLOR'] === '';
  #buffer: KitBuffer | undefined;
  #entered = false;
  readonly #onKey = (name: string): void => this.#events.key(name);
  readonly #onResize = (): void => {
    this.#buffer = undefined;
    this.#events.resized();
  };
  readonly #onExit = (): void => this.leave();

  constructor(events: TerminalEvents) {
    this.#events = events;
  }

  get size(): Size {
    return { width: this.#terminal.width, height: this.#terminal.height };
  }

  /** Takes the terminal: another screen, no cursor, keys one by one. */
  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    // An exception that nobody catches, and process.exit(), end here, too.
    process.on('exit', this.#onExit);
    this.#terminal.fullscreen(true);
    this.#terminal.hideCursor();
    this.#terminal.grabInput(true);
    this.#terminal.on('key', this.#onKey);
    this.#terminal.on('resize', this.#onResize);
    this.#buffer = undefined;
  }

  /** Gives it back as it was. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.off('exit', this.#onExit);
    this.#terminal.off('key', this.#onKey);
    this.#terminal.off('resize', this.#onResize);
    this.#terminal.grabInput(false);
    this.#terminal.styleReset();
    this.#terminal.hideCursor(false);
    this.#terminal.fullscreen(false);
  }

  /** Shows these lines; what has not changed is not written again. */
  show(lines: readonly Line[]): void {
    const { width, height } = this.size;
    const delta = this.#buffer !== undefined;
    this.#buffer ??= new this.#kit.ScreenBuffer({ dst: this.#terminal, width, height });
    const buffer = this.#buffer;
    buffer.fill({ attr: this.#attributes({ text: '' }), char: ' ' });
    lines.slice(0, height).forEach((line, y) => {
      let x = 0;
      for (const span of line) {
        buffer.put({ x, y, attr: this.#attributes(span), wrap: false }, span.text);
        x += span.text.length;
      }
    });
    buffer.draw({ delta });
  }

  #attributes({ color, bold = false, inverse = false }: Span): object {
    const plain = { defaultColor: true, bgDefaultColor: true, bold, inverse };
    return color === undefined || !this.#colors ? plain : { ...plain, defaultColor: false, color };
  }
}
