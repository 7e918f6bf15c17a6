/** Tables of text: columns as wide as their longest text, numbers aligned right. */

import { cutToWidth, terminalWidth, textWidth } from './text-width';

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

/**
 * The columns that fit the terminal: those of `leftOutFirst` go one by one, by their titles, and then the column
 * `shortened` is cut. All of them where stdout is no terminal.
 */
export function fitted<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  leftOutFirst: readonly string[],
  shortened: string,
  width = terminalWidth(),
): readonly Column<Row>[] {
  if (width === undefined) return columns;
  const widthOf = ({ title, text }: Column<Row>): number =>
    largest([textWidth(title), ...rows.map((row) => textWidth(text(row)))]);
  const total = (some: readonly Column<Row>[]): number =>
    some.reduce((sum, column) => sum + widthOf(column) + GAP.length, -GAP.length);
  let left = columns;
  for (const title of leftOutFirst) {
    if (total(left) <= width) break;
    left = left.filter((column) => column.title !== title);
  }
  const excess = total(left) - width;
  if (excess <= 0) return left;
  return left.map((column) => {
    if (column.title !== shortened) return column;
    const most = Math.max(column.title.length, MIN_SHORTENED, widthOf(column) - excess);
    return { ...column, text: (row: Row) => cutToWidth(column.text(row), most) };
  });
}

/** Of a name that is cut, this much stays, even if the line then wraps. */
const MIN_SHORTENED = 8;

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
