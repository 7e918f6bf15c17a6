// What is shown in the terminal: progress while it runs, and the tables.
import { shortNumber } from '../../tools/harness/figures.mjs';
import { verdictsOf } from './verdicts.mjs';

/** On a terminal one line that changes; elsewhere a line for each case. */
export function makeProgress(caseCount) {
  const line = process.stderr.isTTY
    ? (words) => process.stderr.write(`\r\x1b[K${words}`)
    : (words, first) => first && process.stderr.write(`${words}\n`);
  return {
    of: (index, benchCase) => (round, rounds) =>
      line(
        `${index + 1}/${caseCount} ${benchCase.id}${process.stderr.isTTY ? `: round ${round + 1} of ${rounds}` : ''}`,
        round === 0,
      ),
    end: () => process.stderr.isTTY && process.stderr.write('\r\x1b[K'),
  };
}

function row(benchCase, run) {
  if (run.error !== undefined) return [run.name, `failed: ${run.error.split('\n')[0]}`, '', '', '', ''];
  const relative = run[benchCase.compare];
  const spread = relative ?? run;
  return [
    run.name,
    `${shortNumber(run.median)} ${benchCase.unit}`,
    run.overFloor === undefined
      ? ''
      : `${run.overFloor.median < 0 ? '−' : '+'}${shortNumber(Math.abs(run.overFloor.median))}`,
    relative === undefined ? '' : `${shortNumber(relative.median)}${benchCase.compare === 'ratio' ? ' ×' : ''}`,
    `${shortNumber(spread.q1)} … ${shortNumber(spread.q3)}`,
    `${shortNumber(spread.min)} … ${shortNumber(spread.max)}`,
  ];
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  return rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
}

function referenceName(benchCase) {
  return benchCase.runs.find(({ id }) => id === benchCase.reference)?.name;
}

/** A case's results as lines of text. */
export function caseLines(benchCase) {
  const compared = { ratio: 'to', difference: 'over' }[benchCase.compare];
  const heading = compared === undefined ? '' : `${compared} ${referenceName(benchCase) ?? benchCase.reference}`;
  const rows = [
    [
      '',
      `per ${benchCase.per}`,
      benchCase.floor === undefined ? '' : 'over the floor',
      heading,
      'quartiles',
      'least … most',
    ],
    ...benchCase.runs.map((run) => row(benchCase, run)),
  ];
  const verdicts = verdictsOf(benchCase).map(
    ({ words, value, met }) => `  ${met ? 'reached' : 'NOT REACHED'}: ${words}: ${value}`,
  );
  return [`${benchCase.id}: ${benchCase.title}`, ...table(rows).map((line) => `  ${line}`), ...verdicts, ''];
}

export function machineLines(machine) {
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.architecture}`,
    `${machine.distribution}, kernel ${machine.kernel}, Node ${machine.node}, ${machine.compiler}`,
    `commit ${machine.commit}, ${machine.date}, load average before the run ${machine.loadAverage.before.join(' ')}`,
    '',
  ];
}
