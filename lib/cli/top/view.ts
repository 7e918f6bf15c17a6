/** The user's choices in `sysvmq top`, and the effect of the keys on them. */

import type { QueueStatus } from '../../kernel/queues';
import { formatKey, formatUser } from '../output/format';
import { sampleOrders } from '../output/queue-orders';
import type { Row } from './history';

export type Order = keyof typeof sampleOrders;
export const orderNames = Object.keys(sampleOrders) as Order[];

export interface View {
  sort: Order;
  reverse: boolean;
  filter: string;
  /** Whether the keys edit the filter. */
  typing: boolean;
  /** The id of the selected queue, which stays selected when it moves. */
  selected: number | undefined;
  /** Whether the selected queue's messages are shown, and from which position on. */
  peeking: boolean;
  firstMessage: number;
  paused: boolean;
  help: boolean;
  /** The queue to drain, and the file name typed so far. */
  saving: { status: QueueStatus; path: string; isSuggested: boolean } | undefined;
  /** The queue to remove if the answer is y. */
  removing: QueueStatus | undefined;
  /** The action to run now. The code that shows the view reads and clears it. */
  action: Action | undefined;
  /** The result of the last action, shown until the next key. */
  notice: { text: string; failed: boolean } | undefined;
  /** Whether Esc had nothing to close; another Esc ends the program. */
  leaving: boolean;
  /** The sampling interval in milliseconds. */
  interval: number;
}

export type Action = { does: 'remove'; status: QueueStatus } | { does: 'drain'; status: QueueStatus; path: string };

export function initialView(sort: Order, filter: string, interval: number): View {
  return {
    sort,
    reverse: false,
    filter,
    typing: false,
    selected: undefined,
    peeking: false,
    firstMessage: 0,
    paused: false,
    help: false,
    saving: undefined,
    removing: undefined,
    action: undefined,
    notice: undefined,
    leaving: false,
    interval,
  };
}

/** The rows that match the filter (its text is part of the id, the key or the owner's name), sorted. */
export function visibleRows<R extends Row>(rows: readonly R[], { filter, sort, reverse }: View): R[] {
  const wanted = filter.toLowerCase();
  const matching = rows.filter(({ sample: { status } }) => {
    return `${status.id} ${formatKey(status.key)} ${formatUser(status.uid)}`.toLowerCase().includes(wanted);
  });
  // Equal rows sort by id, so that none jumps.
  matching.sort((a, b) => sampleOrders[sort](a.sample, b.sample) || sampleOrders.id(a.sample, b.sample));
  return reverse ? matching.reverse() : matching;
}

/** The position of the selected queue; the first when it is gone. */
export function selectedIndex(rows: readonly Row[], { selected }: View): number {
  const index = rows.findIndex(({ sample }) => sample.status.id === selected);
  return Math.max(0, index);
}

const SHORTEST_MS = 100;
const MAX_TURN_MS = 60_000;
const PAGE = 10;

function move(by: number): (view: View, rows: readonly Row[]) => void {
  return (view, rows) => {
    const index = Math.min(Math.max(selectedIndex(rows, view) + by, 0), rows.length - 1);
    view.selected = rows[index]?.sample.status.id;
    view.firstMessage = 0;
  };
}

function scroll(by: number): (view: View, rows: readonly Row[]) => void {
  return (view, rows) => {
    if (!view.peeking) {
      move(by)(view, rows);
      return;
    }
    const count = rows[selectedIndex(rows, view)]?.sample.messages ?? 0;
    view.firstMessage = Math.max(0, Math.min(view.firstMessage + by, count - 1));
  };
}

function sortBy(step: number): (view: View) => void {
  return (view) => {
    const next = orderNames.indexOf(view.sort) + step + orderNames.length;
    view.sort = orderNames[next % orderNames.length] as Order;
  };
}

const keys: Record<string, (view: View, rows: readonly Row[]) => void> = {
  UP: move(-1),
  k: move(-1),
  DOWN: move(1),
  j: move(1),
  HOME: move(Number.NEGATIVE_INFINITY),
  g: move(Number.NEGATIVE_INFINITY),
  END: move(Number.POSITIVE_INFINITY),
  G: move(Number.POSITIVE_INFINITY),
  PAGE_UP: scroll(-PAGE),
  PAGE_DOWN: scroll(PAGE),
  s: sortBy(1),
  S: sortBy(-1),
  r: (view) => {
    view.reverse = !view.reverse;
  },
  '/': (view) => {
    view.typing = true;
  },
  ENTER: (view) => {
    view.peeking = !view.peeking;
    view.firstMessage = 0;
  },
  ' ': (view) => {
    view.paused = !view.paused;
  },
  '+': (view) => {
    view.interval = Math.min(view.interval * 2, MAX_TURN_MS);
  },
  '-': (view) => {
    view.interval = Math.max(Math.round(view.interval / 2), SHORTEST_MS);
  },
  '?': (view) => {
    view.help = true;
  },
  d: (view, rows) => {
    const status = rows[selectedIndex(rows, view)]?.sample.status;
    if (status !== undefined) view.saving = { status, path: `queue-${status.id}.jsonl`, isSuggested: true };
  },
  x: (view, rows) => {
    view.removing = rows[selectedIndex(rows, view)]?.sample.status;
  },
};
keys['p'] = keys['ENTER'] as (typeof keys)[string];
keys['h'] = keys['?'] as (typeof keys)[string];
keys['DELETE'] = keys['x'] as (typeof keys)[string];

/** Applies a key. `rows` are the visible ones. False: the key ends the program. */
export function pressKey(view: View, key: string, rows: readonly Row[]): boolean {
  view.notice = undefined;
  if (view.typing || view.saving || view.removing || view.help) {
    answer(view, key);
    return true;
  }
  if (key === 'q' || (key === 'ESCAPE' && view.leaving)) return false;
  view.leaving = key === 'ESCAPE' && !closeOne(view);
  if (Object.hasOwn(keys, key)) keys[key]?.(view, rows);
  return true;
}

/** Esc closes one panel after the other. False: none is open. */
function closeOne(view: View): boolean {
  if (view.peeking) view.peeking = false;
  else if (view.filter !== '') view.filter = '';
  else return false;
  return true;
}

/** Passes a key to the open question, or to the line of text. */
function answer(view: View, key: string): void {
  if (view.typing) typeIntoFilter(view, key);
  else if (view.saving !== undefined) typePath(view, view.saving, key);
  else if (view.removing !== undefined) answerRemoval(view, view.removing, key);
  else view.help = false;
}

function typeIntoFilter(view: View, key: string): void {
  if (key === 'ENTER') view.typing = false;
  else if (key === 'ESCAPE') Object.assign(view, { typing: false, filter: '' });
  else view.filter = edited(view.filter, key);
}

// The first character replaces the suggested name; Backspace edits it.
function typePath(view: View, { status, path, isSuggested }: NonNullable<View['saving']>, key: string): void {
  if (key === 'ENTER' && path !== '') view.action = { does: 'drain', status, path };
  if (key === 'ENTER' || key === 'ESCAPE') view.saving = undefined;
  else view.saving = { status, path: edited(isSuggested && isCharacter(key) ? '' : path, key), isSuggested: false };
}

function answerRemoval(view: View, status: QueueStatus, key: string): void {
  view.removing = undefined;
  if (key === 'y' || key === 'Y') view.action = { does: 'remove', status };
  else view.notice = { text: 'Nothing was removed.', failed: false };
}

function edited(text: string, key: string): string {
  if (key === 'BACKSPACE') return [...text].slice(0, -1).join('');
  if (key === 'CTRL_U') return '';
  return isCharacter(key) ? text + key : text;
}

// Other keys have names of several characters.
function isCharacter(key: string): boolean {
  return /^[^\p{C}]$/u.test(key);
}
