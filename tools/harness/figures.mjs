// Figures in words.

/** A figure with three digits that count. */
export function shortNumber(value) {
  if (value === 0) return '0';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** The same with thousands apart, and whole numbers as they are. */
export function formatted(value) {
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : shortNumber(value);
}
