// Figures in words.
import { shortNumber } from '../../tools/harness/figures.mjs';

/** An amount in the unit that suits it. */
export function amount(value, unit) {
  if (unit === 'ns' && value >= 1e6) return `${shortNumber(value / 1e6)} ms`;
  if (unit === 'ns' && value >= 1e3) return `${shortNumber(value / 1e3)} µs`;
  if (unit === 'bytes') return `${Math.round(value).toLocaleString('en')} bytes`;
  return `${shortNumber(value)} ${unit}`;
}

/** What the case is about: a run's ratio or difference to the reference, or its own figure. */
export function figureOf(benchCase, run) {
  return run[benchCase.compare] ?? run;
}

/** Such a figure in words. */
export function comparedOf(benchCase, value) {
  if (benchCase.compare === 'ratio') return `${shortNumber(value)} ×`;
  return amount(value, benchCase.unit);
}
