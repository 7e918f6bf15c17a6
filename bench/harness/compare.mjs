// This run against an earlier one: what has changed beyond noise.
import { readFileSync } from 'node:fs';
import { shortNumber } from '../../tools/harness/figures.mjs';

/** An earlier result, or an Error that says what is wrong with the file. */
export function readResult(file) {
  const document = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(document?.cases)) throw new Error('it is no result of npm run bench');
  return document;
}

/** What a run is judged by: its ratio or difference to the reference, else its own figure. */
const figureOf = (benchCase, run) => run[benchCase.compare] ?? run;

/** Two spreads whose middle halves do not meet are taken for a change. */
const apart = (before, after) => before.q3 < after.q1 || after.q3 < before.q1;

function comparable(benchCase, run, earlier) {
  // The reference is 1 in every run of itself.
  if (earlier === undefined || run.id === benchCase.reference) return false;
  return run.error === undefined && earlier.error === undefined;
}

/** Every run that both results have: `{ title, name, before, after, change, beyondNoise }`, medians of what it is judged by. */
export function changesSince(earlierCases, cases) {
  return cases.flatMap((benchCase) => {
    const earlierCase = earlierCases.find(({ id }) => id === benchCase.id);
    if (earlierCase === undefined || earlierCase.reference !== benchCase.reference) return [];
    return benchCase.runs.flatMap((run) => {
      const earlier = earlierCase.runs.find(({ id }) => id === run.id);
      if (!comparable(benchCase, run, earlier)) return [];
      const [before, after] = [figureOf(earlierCase, earlier), figureOf(benchCase, run)];
      return [
        {
          title: benchCase.title,
          name: run.name,
          before: before.median,
          after: after.median,
          change: after.median / before.median - 1,
          beyondNoise: apart(before, after),
        },
      ];
    });
  });
}

function machineOf({ machine }) {
  return `${machine.commit}, ${machine.date}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`;
}

/** The comparison as lines of text. */
export function comparisonLines(earlier, document) {
  const changes = changesSince(earlier.cases, document.cases);
  const beyond = changes.filter(({ beyondNoise }) => beyondNoise);
  const lines = beyond.map(({ title, name, before, after, change }) => {
    const percent = `${change < 0 ? '−' : '+'}${Math.abs(change * 100).toFixed(0)} %`;
    return `  ${percent.padStart(7)}  ${shortNumber(before)} → ${shortNumber(after)}  ${title}: ${name}`;
  });
  return [
    'compared with an earlier run (ratios where a row has them; a change is where the middle halves of the rounds are apart)',
    `  before: ${machineOf(earlier)}`,
    `  now:    ${machineOf(document)}`,
    `  ${beyond.length} of ${changes.length} figures changed beyond noise`,
    ...lines,
  ];
}
