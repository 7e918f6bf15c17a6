/** Breaks text into lines that fit the terminal. */

import { terminalWidth } from './text-width';

const MAX_WIDTH = 100;

/** The text in lines, each with its end; `first` stands before the first line and `rest` before the others. */
export function wrap(text: string, { first = '', rest = '' }: { first?: string; rest?: string } = {}): string {
  const width = Math.min(terminalWidth() ?? MAX_WIDTH, MAX_WIDTH);
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return `${[...lines, line].join('\n')}\n`;
}
