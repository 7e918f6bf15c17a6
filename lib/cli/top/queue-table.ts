/** The queues of `sysvmq top` as a table: as many columns as fit. */

import { formatAge, formatKey, formatShare, formatUser } from '../output/format';
import { formatLastUser, formatWaiting, lastReceiver, lastSender } from '../queue-users';
import { bar, cell, colorOfFill, type Line, type Span, short, signed, sparkline } from './drawing';
import { lastUsedAt, type Row, type Snapshot, type Use } from './history';
import { type Order, selectedIndex, type View } from './view';

interface TopColumn {
  title: string;
  /** The sort order of this column. */
  order?: Order;
  align?: 'right';
  /** The width in cells, including the gap before it. */
  width: number;
  /** How many spare cells it can use. */
  grows?: number;
  /** When not all columns fit, those with the lowest rank stay; 0 always stays. */
  rank: number;
  /** Draws the value in this many cells, without the gap. */
  draw: (row: Row, width: number, snapshot: Snapshot) => Omit<Span, 'inverse'>;
}

const GAP = 2;

const columns: readonly TopColumn[] = [
  { title: 'KEY', width: 12, rank: 2, draw: ({ sample }) => ({ text: formatKey(sample.status.key) }) },
  {
    title: 'OWNER',
    order: 'owner',
    width: 10,
    rank: 5,
    draw: ({ sample }) => ({ text: formatUser(sample.status.uid) }),
  },
  {
    title: 'MSGS',
    order: 'messages',
    align: 'right',
    width: 7,
    rank: 0,
    draw: ({ sample }) => ({ text: short(sample.messages) }),
  },
  {
    title: 'BYTES',
    order: 'bytes',
    align: 'right',
    width: 7,
    rank: 0,
    draw: ({ sample }) => ({ text: short(sample.bytes, 1024) }),
  },
  { title: 'FILL', order: 'fill', width: 15, grows: 12, rank: 0, draw: drawFill },
  {
    title: 'DEPTH',
    width: 7,
    grows: 30,
    rank: 3,
    draw: ({ fills }, width) => ({ text: sparkline(fills, width, 1), color: 'cyan' }),
  },
  { title: 'RATE/s', order: 'rate', align: 'right', width: 8, rank: 0, draw: drawRate },
  { title: 'USED', order: 'used', align: 'right', width: 6, rank: 0, draw: drawUsed },
  { title: 'WAITING', width: 11, grows: 20, rank: 1, draw: drawWaiting },
  { title: 'SENDER', width: 16, rank: 7, draw: ({ sample }) => ({ text: formatLastUser(lastSender(sample.status)) }) },
  {
    title: 'RECEIVER',
    width: 16,
    rank: 6,
    draw: ({ sample }) => ({ text: formatLastUser(lastReceiver(sample.status)) }),
  },
  {
    title: 'ACTIVITY',
    width: 10,
    grows: 30,
    rank: 8,
    draw: ({ activity }, width) => ({ text: sparkline(activity, width), color: 'green' }),
  },
];

/** Shown when a queue has messages in hand. */
const IN_HAND: TopColumn = {
  title: 'HAND',
  align: 'right',
  width: 6,
  rank: 4,
  draw: ({ sample }, _width, { users }) => ({ text: short(users.inHandOf(sample.status)) }),
};

function drawFill({ sample: { fill } }: Row, width: number): Span {
  const share = formatShare(fill).padStart(5);
  return { text: `${bar(fill, width - share.length)}${share}`, color: colorOfFill(fill) };
}

function drawRate({ sample, use }: Row): Span {
  const { messagesPerSecond: rate } = sample;
  if (rate !== 0) return { text: signed(rate), color: rate > 0 ? 'yellow' : 'green' };
  const text = wordOf(use);
  return text === undefined ? { text: '0', color: 'gray' } : { text, color: 'green' };
}

// As many in as out: no change, but the queue is in use.
function wordOf({ sent, received }: Use): string | undefined {
  if (sent && received) return 'in=out';
  return sent || received ? 'used' : undefined;
}

function drawUsed({ sample: { at, status } }: Row): Span {
  const moment = lastUsedAt(status);
  const text = formatAge(moment, at.getTime()).replace(' ago', '');
  return { text, ...(moment === null ? { color: 'gray' } : {}) };
}

function drawWaiting({ sample }: Row, _width: number, { users }: Snapshot): Span {
  const text = formatWaiting(users.waitersOf(sample.status));
  return { text, ...(text === '-' ? { color: 'gray' } : {}) };
}

/** The mark of the selected row, and an id; a long id takes more. */
const ID = 7;

interface Placed {
  column: TopColumn;
  width: number;
}

/** The columns that fit, in display order, each with its share of the remaining cells. */
function place(width: number, idWidth: number, snapshot: Snapshot): Placed[] {
  const anyInHand = snapshot.rows.some(({ sample }) => snapshot.users.inHandOf(sample.status) > 0);
  const wanted = anyInHand ? [...columns, IN_HAND] : columns;
  let left = width - idWidth;
  const fitting = new Set<TopColumn>();
  for (const column of wanted.toSorted((a, b) => a.rank - b.rank)) {
    if (column.rank > 0 && column.width > left) continue;
    fitting.add(column);
    left -= column.width;
  }
  const placed = wanted.filter((column) => fitting.has(column)).map((column) => ({ column, width: column.width }));
  const growing = placed.filter(({ column }) => column.grows !== undefined);
  // One cell to each in turn, so that no column takes all.
  while (left > 0) {
    const next = growing.filter(({ column, width: its }) => its < column.width + (column.grows as number));
    if (next.length === 0) break;
    for (const each of next.slice(0, left)) each.width += 1;
    left -= Math.min(left, next.length);
  }
  return placed;
}

export function tableLines(rows: Row[], snapshot: Snapshot, view: View, width: number, height: number): Line[] {
  const idWidth = rows.reduce((most, { sample }) => Math.max(most, 1 + String(sample.status.id).length), ID);
  const placed = place(width, idWidth, snapshot);
  const head = tableHead(placed, idWidth, view, width);
  if (rows.length === 0) {
    const none = snapshot.rows.length === 0;
    const words = none ? 'There are no queues in this IPC namespace.' : `No queue matches ${view.filter}.`;
    return [head, [], [{ text: ` ${words}`, color: 'gray' }]];
  }
  const index = selectedIndex(rows, view);
  const room = height - 1;
  const first = Math.max(0, Math.min(index - Math.floor(room / 2), rows.length - room));
  const shown = rows.slice(first, first + room).map((row, at) => {
    const selected = first + at === index;
    const mark = `${selected ? '▸' : ' '}${cell(String(row.sample.status.id), idWidth - 1, 'right')}`;
    return clipped([{ text: mark, bold: selected }, ...rowSpans(row, placed, snapshot, selected)], width);
  });
  return [head, ...shown];
}

function tableHead(placed: readonly Placed[], idWidth: number, { sort, reverse }: View, width: number): Line {
  const titled = (title: string, order: Order | undefined): string =>
    order === sort ? `${title}${reverse ? '▲' : '▼'}` : title;
  const titles = placed.map(({ column: { title, order, align }, width: its }) =>
    inCells(titled(title, order), its, align),
  );
  const text = [cell(titled('ID', 'id'), idWidth, 'right'), ...titles].join('');
  return [
    {
      text: cell(sort === 'sent' ? `${text.slice(0, width - 7)} sent${reverse ? '▲' : '▼'} ` : text, width),
      inverse: true,
    },
  ];
}

function rowSpans(row: Row, placed: readonly Placed[], snapshot: Snapshot, selected: boolean): Line {
  return placed.map(({ column: { draw, align }, width }) => {
    const { text, ...style } = draw(row, width - GAP, snapshot);
    return {
      ...(selected && style.color === undefined ? { bold: true } : {}),
      ...style,
      text: inCells(text, width, align),
    };
  });
}

function inCells(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  return align === 'right' ? ` ${cell(text, width - 1, 'right')}` : `${' '.repeat(GAP)}${cell(text, width - GAP)}`;
}

function clipped(spans: Span[], width: number): Line {
  let left = width;
  return spans.flatMap((span) => {
    const text = span.text.slice(0, left);
    left -= text.length;
    return text === '' ? [] : [{ ...span, text }];
  });
}
