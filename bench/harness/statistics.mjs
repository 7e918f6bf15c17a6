// Medians and their spread.

/** The value below which this share of the sorted values lies, interpolated between neighbors. */
function quantile(sorted, share) {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/** The median, the quartiles and the ends of some values. */
export function summaryOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => Number(quantile(sorted, share).toPrecision(5));
  return { median: at(0.5), q1: at(0.25), q3: at(0.75), min: at(0), max: at(1) };
}

/** Each sample over the other's of the same round. */
export function ratiosOf(samples, others) {
  return summaryOf(samples.map((sample, round) => sample / others[round]));
}

/** Several lists of samples added up, round by round. */
export function sumOf(lists) {
  return lists[0].map((_, round) => lists.reduce((sum, samples) => sum + samples[round], 0));
}

/** Each sample less the other's of the same round. */
export function differencesOf(samples, others) {
  return summaryOf(samples.map((sample, round) => sample - others[round]));
}
