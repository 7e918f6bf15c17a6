/** The screen of `sysvmq top` as lines of text; making it needs no terminal. */

import { formatCount, formatKey, formatShare } from '../output/format';
import { detailLines } from './detail-panel';
import { bar, cell, colorOfFill, harmless, type Line, type Span, short } from './drawing';
import type { Snapshot } from './history';
import { peekLines } from './peek-panel';
import { tableLines } from './queue-table';
import { selectedIndex, type View, visibleRows } from './view';

export interface Size {
  width: number;
  height: number;
}

const SMALLEST: Size = { width: 50, height: 10 };
const HEAD_LINES = 4;
const DETAIL_LINES = 4;

/** The lines of the whole screen, `size.height` of them. */
export function screenLines(snapshot: Snapshot, view: View, size: Size): Line[] {
  if (size.width < SMALLEST.width || size.height < SMALLEST.height) return tooSmall(size);
  if (view.help) return padded(helpLines(), size.height);
  const rows = visibleRows(snapshot.rows, view);
  const body = size.height - HEAD_LINES - 1;
  const row = rows[selectedIndex(rows, view)];
  const panel = row === undefined ? 0 : panelHeight(view, body);
  const list = tableLines(rows, snapshot, view, size.width, body - panel);
  let below: Line[] = [];
  if (row !== undefined && panel > 0) {
    const { status } = row.sample;
    below = view.peeking
      ? peekLines(status, view.firstMessage, panel, size.width)
      : detailLines({ status, users: snapshot.users }, size.width);
  }
  return [
    ...headLines(snapshot, view, size.width),
    ...padded(list, body - panel),
    ...below,
    footLine(view, size.width),
  ];
}

/** Half of the rows for messages; otherwise a few lines about the selected queue, if enough rows remain. */
function panelHeight(view: View, body: number): number {
  if (view.peeking) return Math.max(4, Math.floor(body / 2));
  return body >= 12 ? DETAIL_LINES : 0;
}

function padded(lines: Line[], height: number): Line[] {
  return [...lines, ...Array.from({ length: Math.max(0, height - lines.length) }, () => [])].slice(0, height);
}

function tooSmall({ width, height }: Size): Line[] {
  const words = [
    'The terminal is too small:',
    `it has ${width} columns and ${height} lines,`,
    `top needs ${SMALLEST.width} and ${SMALLEST.height}.`,
    'q ends it.',
  ];
  return padded(
    words.map((text) => [{ text: cell(text, width) }]),
    height,
  );
}

function headLines({ at, limits, usage, rows }: Snapshot, view: View, width: number): Line[] {
  const time = at.toTimeString().slice(0, 8);
  const pace = view.paused ? 'paused' : `every ${view.interval / 1000} s`;
  const { queues, bytes } = usage.against;
  const full = rows.filter(({ sample }) => sample.fill >= 0.9).length;
  // Two bars, if they fit beside the text.
  const barWidth = width < 70 ? 0 : Math.min(20, Math.floor((width - 54) / 2));
  return [
    [
      { text: ' sysvmq top ', bold: true, inverse: true },
      { text: cell(`  ${time}  ${pace}`, width - 12), ...(view.paused ? { color: 'yellow' as const } : {}) },
    ],
    [
      ...share('queues', `${short(usage.queues)} of ${short(limits.msgmni)}`, queues.ratio, barWidth),
      ...share('bytes', `${short(usage.bytes, 1024)} of ${short(bytes.limit, 1024)}`, bytes.ratio, barWidth),
    ],
    [
      { text: ` ${short(usage.messages)} ${usage.messages === 1 ? 'message' : 'messages'}` },
      { text: `   msgmax ${limits.msgmax}  msgmnb ${limits.msgmnb}`, color: 'gray' },
      ...(full > 0 ? [{ text: `   ${full} full or nearly so`, color: 'red' as const }] : []),
    ],
    [],
  ];
}

function share(name: string, words: string, ratio: number, width: number): Span[] {
  const framed: Span[] = [
    { text: '▕', color: 'gray' },
    { text: bar(ratio, width), color: colorOfFill(ratio) },
    { text: '▏', color: 'gray' },
  ];
  return [
    { text: ` ${name} ` },
    { text: `${words} `, bold: true },
    ...(width > 0 ? framed : []),
    { text: `${cell(formatShare(ratio), 4)} ` },
  ];
}

function footLine(view: View, width: number): Line {
  const asks = questionOf(view);
  if (asks !== undefined) return [{ text: cell(` ${asks}`, width), bold: true }];
  if (view.notice !== undefined) {
    return [{ text: cell(` ${harmless(view.notice.text)}`, width), color: view.notice.failed ? 'red' : 'green' }];
  }
  const filter = view.filter === '' ? '' : ` filter: ${view.filter} `;
  const words = view.leaving
    ? ' Esc again quits'
    : ' q quit  ? help  ↑↓ choose  Enter look  / filter  s sort  d drain  x remove';
  return [
    { text: filter, color: 'yellow', bold: true },
    { text: cell(words, width - filter.length), color: 'gray' },
  ];
}

/** The question that the keys answer, or the text that they type, if any. */
function questionOf({ typing, filter, saving, removing }: View): string | undefined {
  if (typing) return `filter: ${filter}█   (Enter keeps it, Esc clears it)`;
  if (saving !== undefined) return `drain queue ${saving.status.id} to the file: ${saving.path}█   (Enter, or Esc)`;
  if (removing === undefined) return undefined;
  const { id, key, messageCount } = removing;
  return `Remove queue ${id} (${formatKey(key)}) with ${formatCount(messageCount, 'message')}? y: remove, any other key: keep`;
}

function helpLines(): Line[] {
  const rows: [string, string][] = [
    ['↑ ↓  k j', 'choose a queue; also PgUp PgDn, Home End or g G'],
    ['Enter  p', 'show its messages without taking them; PgUp PgDn scrolls'],
    ['s  S', 'sort by the next or previous field'],
    ['r', 'reverse the order'],
    ['/', 'filter: part of an id, a key or an owner; Esc clears it'],
    ['d', 'drain: its messages go into a new file, which send --json-lines reads'],
    ['x  Del', 'remove it, after a question'],
    ['space', 'pause and continue'],
    ['+  -', 'sample half or twice as often'],
    ['Esc', 'close the open panel; with none open, Esc twice quits'],
    ['q', 'quit'],
    ['', ''],
    ['FILL', 'the used share of msg_qbytes, by bytes or by messages'],
    ['DEPTH', 'the fill over time: a full block is msg_qbytes'],
    ['RATE/s', 'the messages a second by which it grows; in=out, used: just used'],
    ['USED', 'the time since the last send or receive'],
    ['WAITING', 'visible processes blocked in msgrcv (recv) and msgsnd (send)'],
  ];
  const lines = rows.map(([key, does]): Line => [{ text: ` ${cell(key, 10)}`, bold: true }, { text: does }]);
  return [
    [{ text: ' sysvmq top ', bold: true, inverse: true }],
    [],
    ...lines,
    [],
    [{ text: ' Press any key to go back.', color: 'gray' }],
  ];
}
