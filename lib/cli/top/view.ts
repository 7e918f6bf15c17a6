/** What the user of `sysvmq top` has chosen, and what the keys do to it. */

import { formatKey, formatUser } from '../output/format';
import type { Row } from './history';

/** The most first, but ids and owners in their order. */
export const orders = {
  fill: (a, b) => b.sample.fill - a.sample.fill,
  messages: (a, b) => b.sample.messages - a.sample.messages,
  bytes: (a, b) => b.sample.bytes - a.sample.bytes,
  rate: (a, b) => b.sample.messagesPerSecond - a.sample.messagesPerSecond,
  id: (a, b) => a.sample.status.id - b.sample.status.id,
  owner: (a, b) => a.sample.status.uid - b.sample.status.uid,
  sent: (a, b) => Number(b.sample.status.lastSentAt) - Number(a.sample.status.lastSentAt),
} satisfies Record<string, (a: Row, b: Row) => number>;

export type Order = keyof typeof orders;
export const orderNames = Object.keys(orders) as Order[];

export interface View {
  sort: Order;
  reverse: boolean;
  filter: string;
  /** Whether the keys go into the filter. */
  typing: boolean;
  /** The id of the queue that is marked; it stays marked wherever it moves to. */
  selected: number | undefined;
  /** Whether the marked queue's messages are shown, and from which position on. */
  peeking: boolean;
  firstMessage: number;
  paused: boolean;
  help: boolean;
  /** Milliseconds. */
  interval: number;
}

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
    interval,
  };
}

/** The rows that the filter lets through (its text is part of the id, the key or the owner's name), sorted. */
export function visibleRows<R extends Row>(rows: readonly R[], { filter, sort, reverse }: View): R[] {
  const wanted = filter.toLowerCase();
  const matching = rows.filter(({ sample: { status } }) => {
    return `${status.id} ${formatKey(status.key)} ${formatUser(status.uid)}`.toLowerCase().includes(wanted);
  });
  // By id where they are equal, so that nothing jumps.
  matching.sort((a, b) => orders[sort](a, b) || orders.id(a, b));
  return reverse ? matching.reverse() : matching;
}

/** The place of the marked queue; the first when it is gone. */
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
  ESCAPE: (view) => {
    view.peeking = false;
    view.filter = '';
  },
};
keys['p'] = keys['ENTER'] as (typeof keys)[string];
keys['h'] = keys['?'] as (typeof keys)[string];

/** Does what a key means. `rows` are the visible ones. False: the key ends the program. */
export function pressKey(view: View, key: string, rows: readonly Row[]): boolean {
  if (view.typing) {
    typeIntoFilter(view, key);
    return true;
  }
  if (view.help) {
    view.help = false;
    return true;
  }
  if (key === 'q') return false;
  if (Object.hasOwn(keys, key)) keys[key]?.(view, rows);
  return true;
}

function typeIntoFilter(view: View, key: string): void {
  if (key === 'ENTER') view.typing = false;
  else if (key === 'ESCAPE') Object.assign(view, { typing: false, filter: '' });
  else if (key === 'BACKSPACE') view.filter = view.filter.slice(0, -1);
  else if (key === 'CTRL_U') view.filter = '';
  else if (/^[\x20-\x7e]$/.test(key)) view.filter += key;
}
