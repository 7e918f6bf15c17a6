/** The screen of `sysvmq top` as lines of text: no terminal is needed to make it. */

import { formatKey, formatShare, formatUser } from '../output/format';
import { fillOf } from '../output/queue-json';
import { bar, cell, colorOfFill, type Line, type Span, short, signed, sparkline } from './drawing';
import type { Row, Snapshot } from './history';
import { peekLines } from './peek-panel';
import { selectedIndex, type View, visibleRows } from './view';

export interface Size {
  width: number;
  height: number;
}

const SMALLEST: Size = { width: 50, height: 10 };
const HEAD_LINES = 4;

/** The lines of the whole screen, `size.height` of them. */
export function screenLines(snapshot: Snapshot, view: View, size: Size): Line[] {
  if (size.width < SMALLEST.width || size.height < SMALLEST.height) return tooSmall(size);
  if (view.help) return padded(helpLines(), size.height);
  const rows = visibleRows(snapshot.rows, view);
  const body = size.height - HEAD_LINES - 1;
  const panel = view.peeking && rows.length > 0 ? Math.max(4, Math.floor(body / 2)) : 0;
  const list = tableLines(rows, view, size.width, body - panel, snapshot.rows.length);
  const row = rows[selectedIndex(rows, view)];
  const peeked =
    panel > 0 && row !== undefined ? peekLines(row.sample.status, view.firstMessage, panel, size.width) : [];
  return [
    ...headLines(snapshot, view, size.width),
    ...padded(list, body - panel),
    ...peeked,
    footLine(view, size.width),
  ];
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
  // Two bars, where there is room for them besides the words.
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

interface Widths {
  id: number;
  key: boolean;
  owner: boolean;
  bar: number;
  depth: number;
  rate: number;
}

/** The mark of the chosen row, and an id; a long one takes more. */
const ID = 7;
const COUNT = 7;
const KEY = 12;
const OWNER = 10;
const BAR = 8;
const MAX_BAR = 20;
const SPARK = 9;
/** Id, messages, bytes, share and rate, with a bar as short as can be. */
const NARROWEST = ID + COUNT * 2 + (2 + BAR + 5) + COUNT;

/** What fits besides: first the depths, then key, owner and rates; the bar and the sparklines take what is left. */
function widthsFor(width: number, rows: readonly Row[]): Widths {
  const id = rows.reduce((most, { sample }) => Math.max(most, 1 + String(sample.status.id).length), ID);
  let left = width - NARROWEST - (id - ID);
  const take = (cells: number): boolean => {
    if (left < cells) return false;
    left -= cells;
    return true;
  };
  const depth = take(SPARK);
  const key = take(KEY);
  const owner = take(OWNER);
  const rate = take(SPARK);
  const bar = Math.min(MAX_BAR, BAR + Math.floor(left / 4));
  left -= bar - BAR;
  const more = rate ? Math.floor(left / 2) : 0;
  return { id, key, owner, bar, depth: depth ? SPARK + left - more : 0, rate: rate ? SPARK + more : 0 };
}

function tableLines(rows: Row[], view: View, width: number, height: number, all: number): Line[] {
  const widths = widthsFor(width, rows);
  if (rows.length === 0) {
    const words = all === 0 ? 'There are no queues in this IPC namespace.' : `No queue matches ${view.filter}.`;
    return [tableHead(widths, view, width), [], [{ text: ` ${words}`, color: 'gray' }]];
  }
  const index = selectedIndex(rows, view);
  const room = height - 1;
  const first = Math.max(0, Math.min(index - Math.floor(room / 2), rows.length - room));
  const shown = rows
    .slice(first, first + room)
    .map((row, place) => rowLine(row, widths, width, first + place === index));
  return [tableHead(widths, view, width), ...shown];
}

function tableHead(widths: Widths, { sort, reverse }: View, width: number): Line {
  const arrow = reverse ? '▲' : '▼';
  const title = (text: string, field: string): string => (field === sort ? `${text}${arrow}` : text);
  const text = [
    cell(title('ID', 'id'), widths.id, 'right'),
    widths.key ? cell('  KEY', KEY) : '',
    widths.owner ? cell(`  ${title('OWNER', 'owner')}`, OWNER) : '',
    cell(title('MSGS', 'messages'), COUNT, 'right'),
    cell(title('BYTES', 'bytes'), COUNT, 'right'),
    cell(`  ${title('FILL', 'fill')}`, 2 + widths.bar + 5),
    cell(widths.depth > 0 ? '  DEPTH' : '', widths.depth),
    cell(title('RATE/s', 'rate'), COUNT, 'right'),
    cell('', widths.rate),
  ].join('');
  return [{ text: cell(sort === 'sent' ? `${text.slice(0, width - 7)} sent${arrow} ` : text, width), inverse: true }];
}

function rowLine({ sample, depths, rates }: Row, widths: Widths, width: number, selected: boolean): Line {
  const { status, messages, bytes, messagesPerSecond: rate } = sample;
  const fill = fillOf(status);
  const rateColor = rate > 0 ? 'yellow' : 'green';
  const spans: Span[] = [
    { text: `${selected ? '▸' : ' '}${cell(String(status.id), widths.id - 1, 'right')}`, bold: selected },
    { text: widths.key ? cell(`  ${formatKey(status.key)}`, KEY) : '', bold: selected },
    { text: widths.owner ? `  ${cell(formatUser(status.uid), OWNER - 2)}` : '', bold: selected },
    { text: cell(short(messages), COUNT, 'right'), bold: selected },
    { text: cell(short(bytes, 1024), COUNT, 'right'), bold: selected },
    { text: `  ${bar(fill, widths.bar)}`, color: colorOfFill(fill) },
    { text: cell(formatShare(fill), 5, 'right'), bold: selected },
    { text: widths.depth > 0 ? `  ${sparkline(depths, widths.depth - 2)}` : '', color: 'cyan' },
    { text: cell(signed(rate), COUNT, 'right'), ...(rate === 0 ? { color: 'gray' } : { color: rateColor }) },
    { text: widths.rate > 0 ? `  ${sparkline(rates.map(Math.abs), widths.rate - 2)}` : '', color: rateColor },
  ];
  return clipped(spans, width);
}

function clipped(spans: Span[], width: number): Line {
  let left = width;
  return spans.flatMap((span) => {
    const text = span.text.slice(0, left);
    left -= text.length;
    return text === '' ? [] : [{ ...span, text }];
  });
}

function footLine(view: View, width: number): Line {
  if (view.typing)
    return [{ text: cell(` filter: ${view.filter}█   (Enter keeps it, Esc clears it)`, width), bold: true }];
  const filter = view.filter === '' ? '' : ` filter: ${view.filter} `;
  const words = ' q quit  ? help  ↑↓ choose  Enter look  / filter  s sort  r reverse  space pause';
  return [
    { text: filter, color: 'yellow', bold: true },
    { text: cell(words, width - filter.length), color: 'gray' },
  ];
}

function helpLines(): Line[] {
  const rows: [string, string][] = [
    ['↑ ↓  k j', 'choose a queue; Home End, PgUp PgDn'],
    ['Enter  p', 'look at its messages: nothing is taken; PgUp PgDn goes through them'],
    ['s  S', 'sort by the next field, or the one before'],
    ['r', 'the other way round'],
    ['/', 'filter: part of an id, a key or an owner; Esc clears it'],
    ['space', 'pause, and go on'],
    ['+  -', 'look half as often, twice as often'],
    ['q', 'quit'],
    ['', ''],
    ['FILL', 'how much of msg_qbytes is used, by bytes or by messages'],
    ['DEPTH', 'messages in the queue, as it was; the highest is the highest shown'],
    ['RATE/s', 'by how many messages a second it grows: the kernel counts no sends'],
  ];
  const lines = rows.map(([key, does]): Line => [{ text: ` ${cell(key, 10)}`, bold: true }, { text: does }]);
  return [
    [{ text: ' sysvmq top ', bold: true, inverse: true }],
    [],
    ...lines,
    [],
    [{ text: ' Any key goes back.', color: 'gray' }],
  ];
}
