/**
 * When that which Redis has stored is in its log, too.
 *
 * With `appendfsync everysec`, Redis answers before it writes while the fsync of the second before is under way, for up to two
 * seconds (flushAppendOnlyFile in aof.c of Redis 7.0). On a slow disk, `kill -9` of Redis then loses what it has acknowledged.
 * INFO says how long the log is, and how many bytes are still to be written to it.
 */

import { clearTimeout, setTimeout } from '../../core/event-loop';
import type { RedisClient } from './redis-types';

/** Questions under way at the same time, where a round trip takes longer than a batch. */
const MOST_ASKED = 4;
const PAUSE_MS = 20;

/** Something stored, and how long the log is with it; undefined as long as that is not known. */
interface Stored {
  readonly onWritten: () => void;
  end: number | undefined;
}

export class RedisLog {
  readonly #client: RedisClient;
  #stored: Stored[] = [];
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;
  #base = '';
  #isClosed = false;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  /** Asks right behind a command, whose answer then comes first. */
  ask(): void {
    if (this.#isClosed || this.#asked >= MOST_ASKED) return;
    this.#asked += 1;
    this.#client.call('INFO', 'persistence').then(
      (info) => this.#onAnswer(String(info)),
      () => this.#onFailure(),
    );
  }

  /** Calls back when all that Redis has answered so far is in its log. Never, if the connection is lost before. */
  whenWritten(onWritten: () => void): void {
    this.#stored.push({ onWritten, end: undefined });
    if (this.#asked === 0 && this.#timer === undefined) this.ask();
  }

  #onAnswer(info: string): void {
    this.#asked -= 1;
    if (this.#isClosed) return;
    const length = numberIn(info, /^aof_current_size:(\d+)/m);
    const unwritten = numberIn(info, /^aof_buffer_length:(\d+)/m);
    const base = /^aof_base_size:(\d+)/m.exec(info)?.[1] ?? '';
    // A log that was rewritten has another length.
    if (base !== this.#base) for (const each of this.#stored) each.end = undefined;
    this.#base = base;
    // Without a log, or with nothing to write, all is as safe as it gets.
    const isWritten = ({ end }: Stored): boolean => unwritten === 0 || (end !== undefined && end <= length);
    const done = this.#stored.filter(isWritten);
    this.#stored = this.#stored.filter((each) => !isWritten(each));
    const isNews = done.length > 0 || this.#stored.some(({ end }) => end === undefined);
    for (const each of this.#stored) each.end ??= length + unwritten;
    for (const { onWritten } of done) onWritten();
    this.#askAgain(isNews);
  }

  // The lost connection is the connection's to report. A Redis that does not let this client ask is taken at its word.
  #onFailure(): void {
    this.#asked -= 1;
    if (this.#isClosed || this.#client.status !== 'ready') return;
    const stored = this.#stored;
    this.#stored = [];
    for (const { onWritten } of stored) onWritten();
  }

  #askAgain(atOnce: boolean): void {
    if (this.#stored.length === 0 || this.#asked > 0 || this.#isClosed || this.#timer !== undefined) return;
    if (atOnce) {
      this.ask();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.ask();
    }, PAUSE_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stored = [];
  }
}

function numberIn(info: string, pattern: RegExp): number {
  return Number(pattern.exec(info)?.[1] ?? 0);
}
