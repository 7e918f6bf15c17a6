/** Durations in words. */

const UNITS: readonly [name: string, ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** "3 days", "1 hour 30 minutes", "0 seconds": rounded down to the second of the largest units. */
export function formatDuration(ms: number, units = 2): string {
  const first = UNITS.findIndex(([, unit]) => ms >= unit);
  const used = first < 0 ? UNITS.slice(-1) : UNITS.slice(first, first + units);
  const words: string[] = [];
  let left = ms;
  for (const [name, size] of used) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0 || used.length === 1) words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return words.join(' ');
}

/** A duration that a person gave, exactly. */
export function formatExactDuration(ms: number): string {
  const rest = ms % 1000;
  if (rest === 0) return formatDuration(ms, UNITS.length);
  return [...(ms > rest ? [formatDuration(ms - rest, UNITS.length)] : []), `${rest} ms`].join(' ');
}
