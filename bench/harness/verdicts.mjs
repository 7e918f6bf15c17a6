// Whether a case's targets are reached.
import { ratiosOf, sumOf } from './statistics.mjs';

function runOf(benchCase, id) {
  const run = benchCase.runs.find((one) => one.id === id);
  return run?.samples === undefined ? undefined : run;
}

/** What a target compares with: one run, or several added up round by round. Undefined where one was not measured. */
function otherOf(benchCase, { against, againstSumOf = [against] }) {
  const others = againstSumOf.map((id) => runOf(benchCase, id));
  if (others.includes(undefined)) return undefined;
  const name = others.map((other) => other.name).join(' + ');
  return { name: others.length > 1 ? `(${name})` : name, samples: sumOf(others.map(({ samples }) => samples)) };
}

function ratioVerdict(benchCase, run, target) {
  const other = otherOf(benchCase, target);
  if (other === undefined) return undefined;
  const { atMost, when } = target;
  const { median } = ratiosOf(run.samples, other.samples);
  const words = atMost === 1 ? `faster than ${other.name}` : `at most ${atMost} × ${other.name}`;
  const condition = when === undefined ? '' : `, as ${when}`;
  return { words: `${run.name}, ${words}${condition}`, value: `${median.toFixed(2)} ×`, met: median <= atMost };
}

function absoluteVerdict(benchCase, run, { atMost }) {
  const { median } = run[benchCase.compare] ?? run;
  const { unit } = benchCase;
  return {
    words: `${run.name}, at most ${atMost} ${unit}`,
    value: `${Number(median.toPrecision(5))} ${unit}`,
    met: median <= atMost,
  };
}

/** Whether a target is for this machine: some depend on what the reference takes here. */
function applies(benchCase, { reference, below = Number.POSITIVE_INFINITY, from = 0 }) {
  if (reference === undefined) return true;
  const median = runOf(benchCase, reference)?.median;
  return median !== undefined && median >= from && median < below;
}

/** Each target in words, the figure that it is about, and whether it is reached; none where a figure is missing. */
export function verdictsOf(benchCase) {
  return (benchCase.targets ?? []).flatMap((target) => {
    const run = runOf(benchCase, target.run);
    if (run === undefined || !applies(benchCase, target)) return [];
    const relative = target.against !== undefined || target.againstSumOf !== undefined;
    const verdict = relative ? ratioVerdict(benchCase, run, target) : absoluteVerdict(benchCase, run, target);
    return verdict === undefined ? [] : [verdict];
  });
}
