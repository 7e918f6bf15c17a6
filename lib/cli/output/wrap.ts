/** Breaks text into lines that fit the terminal. */

import { terminalWidth } from './text-width';

const MAX_WIDTH = 100;

interface WrapOptions {
  /** The prefix of the first line. */
  first?: string;
  /** The prefix of the other lines. */
  rest?: string;
  /** The columns of the terminal. Default: those of standard output. */
  columns?: number | undefined;
}

/** A line for a person: broken between words on a terminal, whole in a pipe. */
export function wrapOnTerminal(line: string): string {
  return terminalWidth() === undefined ? `${line}\n` : wrap(line);
}

/** The text in lines, each with its newline. */
export function wrap(text: string, { first = '', rest = '', columns = terminalWidth() }: WrapOptions = {}): string {
  const width = Math.min(columns ?? MAX_WIDTH, MAX_WIDTH);
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
