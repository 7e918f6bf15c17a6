/** Tables of text: columns as wide as their longest text, numbers aligned right. */

import { textWidth } from './text-width';

export interface Column<Row> {
  title: string;
  text: (row: Row) => string;
  /** Default: left. */
  align?: 'left' | 'right';
}

const GAP = '  ';

/** The table, each line with its newline. The first line has the titles, unless they are left out. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], headings = true): string {
  const head = headings ? [columns.map(({ title }) => title)] : [];
  const cells = [...head, ...rows.map((row) => columns.map(({ text }) => text(row)))];
  const widths = columns.map((_, index) => largest(cells.map((line) => textWidth(line[index] as string))));
  const lines = cells.map((line) =>
    columns.map(({ align }, index) => padded(line[index] as string, widths[index] as number, align)),
  );
  return lines.map((line) => `${line.join(GAP).trimEnd()}\n`).join('');
}

// Not Math.max(...widths): a queue may hold more messages than a call takes arguments.
function largest(widths: readonly number[]): number {
  return widths.reduce((most, width) => Math.max(most, width), 0);
}

function padded(cell: string, width: number, align: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(width - textWidth(cell));
  return align === 'right' ? gap + cell : cell + gap;
}

/** Names and their values, one a line. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}${GAP}${value}\n`).join('');
}
