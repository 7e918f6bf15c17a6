/** Bars, sparklines and numbers, in a given number of character cells. */

/** A piece of a line, in one color. */
export interface Span {
  text: string;
  color?: 'red' | 'yellow' | 'green' | 'cyan' | 'gray';
  bold?: boolean;
  inverse?: boolean;
}

export type Line = Span[];

const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A bar of `width` cells, filled to `ratio` (0 to 1) in eighths of a cell. Any value above 0 is visible. */
export function bar(ratio: number, width: number): string {
  const exact = Math.min(Math.max(ratio, 0), 1) * width * 8;
  const eighths = exact > 0 ? Math.max(1, Math.floor(exact)) : 0;
  const whole = Math.floor(eighths / 8);
  const part = whole < width ? (EIGHTHS[eighths % 8] as string) : '';
  return ('█'.repeat(whole) + part).padEnd(width);
}

/**
 * The latest `width` values as small columns. `top` is the value of a full column, by default the highest one; 0 is the
 * lowest line.
 */
export function sparkline(values: readonly number[], width: number, top?: number): string {
  const shown = values.slice(-width);
  const highest = top ?? Math.max(...shown, 0);
  const columns = shown.map((value) => {
    if (value <= 0 || highest === 0) return LEVELS[0];
    return LEVELS[Math.min(LEVELS.length - 1, Math.max(1, Math.ceil((value / highest) * (LEVELS.length - 1))))];
  });
  return columns.join('').padStart(width);
}

export function colorOfFill(fill: number): 'red' | 'yellow' | 'green' {
  if (fill >= 0.9) return 'red';
  return fill >= 0.6 ? 'yellow' : 'green';
}

const UNITS = ['', 'K', 'M', 'G', 'T'];

/** A count in at most five cells: 950, 9.5K, 95K, 950K, 9.5M. Thousands, or for bytes 1024s. */
export function short(value: number, step = 1000): string {
  let rest = Math.abs(value);
  let unit = 0;
  // A value that would round up to the next unit appears in that unit.
  while (Math.round(rest) >= step && unit < UNITS.length - 1) {
    rest /= step;
    unit += 1;
  }
  const digits = unit > 0 && rest < 9.95 ? rest.toFixed(1) : String(Math.round(rest));
  return `${value < 0 && digits !== '0' ? '-' : ''}${digits}${UNITS[unit]}`;
}

/** A rate with its sign: +12, -3.4K, 0. A small rate other than 0 has a decimal. */
export function signed(rate: number): string {
  const small = Math.abs(rate) < 9.95 && Math.abs(rate) >= 0.05 && !Number.isInteger(rate);
  const text = small ? rate.toFixed(1) : short(rate);
  return rate > 0 && text !== '0' ? `+${text}` : text;
}

/** The text in exactly `width` cells; a shortened text ends in "…". For text of one cell a character. */
export function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…`.slice(0, width) : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}

/** Replaces control characters and characters that reorder or hide text by dots: a message may hold any bytes. */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu, '·');
}
