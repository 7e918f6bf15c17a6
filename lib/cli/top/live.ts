/** The live screen of `sysvmq top`: samples, draws, and handles keys until it ends. */

import { closeSync, openSync } from 'node:fs';
import { FailureError, InterruptedBySignal } from '../errors';
import { ActionRunner } from './actions';
import type { History, Snapshot } from './history';
import { screenLines } from './screen';
import { TerminalScreen } from './terminal';
import { pressKey, type View, visibleRows } from './view';

/** The longest delay of setTimeout. */
const MAX_TURN_MS = 0x7fffffff;

/** Shows the queues until the user presses q, `count` samples were shown, or the signal is aborted. */
export async function showLive(
  history: History,
  view: View,
  count: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const live = new Live(history, view, count ?? Number.POSITIVE_INFINITY);
  const abort = (): void => live.end(signal.reason);
  signal.addEventListener('abort', abort);
  const resume = (): void => live.resume();
  process.on('SIGCONT', resume);
  process.prependListener('SIGHUP', endWithTerminal);
  const lost = (error: Error): void => {
    endWithTerminal();
    live.end(error);
  };
  process.stdin.on('error', lost);
  process.stdout.on('error', lost);
  const ended = (): void => lost(new FailureError('The terminal is gone.'));
  process.stdin.on('end', ended);
  try {
    live.start();
    await live.ended;
  } finally {
    live.stop();
    await live.actionsEnd();
    process.off('SIGCONT', resume);
    process.off('SIGHUP', endWithTerminal);
    process.stdin.off('error', lost);
    process.stdin.off('end', ended);
    process.stdout.off('error', lost);
    signal.removeEventListener('abort', abort);
  }
}

// If the terminal itself is gone, there is nothing to restore: an attempt fails, and Node.js aborts when it cannot set
// the terminal's modes at its end.
function endWithTerminal(): void {
  if (!terminalIsGone()) return;
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

function terminalIsGone(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return false;
  } catch {
    return true;
  }
}

class Live {
  readonly ended: Promise<void>;
  readonly #history: History;
  readonly #view: View;
  readonly #screen: TerminalScreen;
  readonly #suspended = (): void => this.#suspend();
  #samplesLeft: number;
  #snapshot: Snapshot | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #actions: ActionRunner;
  #settle!: { resolve: () => void; reject: (error: unknown) => void };

  constructor(history: History, view: View, count: number) {
    this.#history = history;
    this.#view = view;
    this.#samplesLeft = count;
    this.#screen = new TerminalScreen({
      key: (name) => this.#guarded(() => this.#press(name)),
      resized: () => this.#guarded(() => this.#show()),
    });
    this.#actions = new ActionRunner(
      (notice) => {
        this.#view.notice = notice;
        this.#look();
      },
      (error) => this.end(error),
    );
    this.ended = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  start(): void {
    // Ctrl-Z is a key in raw mode. This signal comes from another process, and would leave our screen to the shell.
    process.on('SIGTSTP', this.#suspended);
    this.#guarded(() => this.#screen.enter());
    this.#look();
  }

  stop(): void {
    process.off('SIGTSTP', this.#suspended);
    clearTimeout(this.#timer);
    this.#screen.leave();
  }

  /** A drain ends between two messages. Rejects with the fate of a message that could not be written. */
  actionsEnd(): Promise<void> {
    return this.#actions.end();
  }

  /** Called when the process continues after a stop. */
  resume(): void {
    this.stop();
    this.start();
  }

  end(error?: unknown): void {
    if (error === undefined) this.#settle.resolve();
    else this.#settle.reject(error);
  }

  // A failure in a timer or a key handler ends the verb, which first restores the terminal.
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.end(error);
    }
  }

  #look(): void {
    clearTimeout(this.#timer);
    this.#guarded(() => {
      if (!this.#view.paused || this.#snapshot === undefined) {
        if (this.#samplesLeft === 0) {
          this.end();
          return;
        }
        this.#samplesLeft -= 1;
        this.#snapshot = this.#history.look();
        this.#show();
      }
      this.#timer = setTimeout(() => this.#look(), this.#view.interval);
    });
  }

  #show(): void {
    if (this.#snapshot !== undefined) this.#screen.show(screenLines(this.#snapshot, this.#view, this.#screen.size));
  }

  #press(key: string): void {
    if (key === 'CTRL_C') this.end(new InterruptedBySignal('SIGINT'));
    else if (key === 'CTRL_Z') this.#suspend();
    else this.#obey(key);
  }

  #obey(key: string): void {
    const { interval, paused } = this.#view;
    const rows = visibleRows(this.#snapshot?.rows ?? [], this.#view);
    if (!pressKey(this.#view, key, rows)) {
      this.end();
      return;
    }
    const { action } = this.#view;
    this.#view.action = undefined;
    if (action !== undefined) this.#actions.start(action);
    if (interval !== this.#view.interval || paused !== this.#view.paused) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), this.#view.paused ? 0 : this.#view.interval);
    }
    this.#show();
  }

  // When the process continues, timers run before signal handlers, and the screen is not ours yet. A timer that does
  // nothing keeps the process alive until then, because the event loop has nothing else.
  #suspend(): void {
    this.stop();
    this.#timer = setTimeout(() => undefined, MAX_TURN_MS);
    process.kill(process.pid, 'SIGTSTP');
  }
}
