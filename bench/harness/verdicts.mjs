// Whether a case's targets are reached.
import { ratiosOf } from './statistics.mjs';

function nameOf(benchCase, id) {
  return benchCase.runs.find((run) => run.id === id)?.name ?? id;
}

function ratioVerdict(benchCase, run, { against, atMost }) {
  const other = benchCase.runs.find(({ id }) => id === against);
  if (other?.samples === undefined) return undefined;
  const { median } = ratiosOf(run.samples, other.samples);
  const words = atMost === 1 ? `faster than ${other.name}` : `at most ${atMost} × ${other.name}`;
  return { words: `${nameOf(benchCase, run.id)}, ${words}`, value: `${median.toFixed(2)} ×`, met: median <= atMost };
}

function absoluteVerdict(benchCase, run, { atMost }) {
  const { median } = run[benchCase.compare] ?? run;
  const { unit } = benchCase;
  return {
    words: `${nameOf(benchCase, run.id)}, at most ${atMost} ${unit}`,
    value: `${Number(median.toPrecision(5))} ${unit}`,
    met: median <= atMost,
  };
}

/** Each target in words, the figure that it is about, and whether it is reached; none where a figure is missing. */
export function verdictsOf(benchCase) {
  return (benchCase.targets ?? []).flatMap((target) => {
    const run = benchCase.runs.find(({ id }) => id === target.run);
    if (run?.samples === undefined) return [];
    const verdict =
      target.against === undefined ? absoluteVerdict(benchCase, run, target) : ratioVerdict(benchCase, run, target);
    return verdict === undefined ? [] : [verdict];
  });
}
