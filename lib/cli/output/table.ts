/** Tables of text: columns as wide as what stands in them, numbers to the right. */

export interface Column<Row> {
  title: string;
  text: (row: Row) => string;
  /** Default: left. */
  align?: 'left' | 'right';
}

const GAP = '  ';

/** The table with its head, each line with its end. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => text(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] as string).length)));
  const lines = cells.map((line) =>
    columns
      .map(({ align }, index) => {
        const cell = line[index] as string;
        return align === 'right' ? cell.padStart(widths[index] as number) : cell.padEnd(widths[index] as number);
      })
      .join(GAP)
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** Names and their values, one a line. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}${GAP}${value}\n`).join('');
}
