// The page's text and tables.
import { anchorOf, markdownTable } from '../../tools/harness/markdown.mjs';
import { verdictsOf } from '../harness/verdicts.mjs';
import { notes } from '../notes.mjs';
import { amount, comparedOf, figureOf } from './figures.mjs';
import { sectionForUsers } from './for-users.mjs';

const CHART_FOLDER = 'benchmarks';

/** Cases of one figure need no chart. */
export const hasChart = (benchCase) => benchCase.runs.filter(({ error }) => error === undefined).length > 1;

function machineTable({ machine, settings }) {
  return markdownTable(
    ['', ''],
    [
      ['processor', `${machine.cpu}, ${machine.cores} cores, ${machine.architecture}`],
      ['memory', `${machine.memoryGiB} GiB`],
      ['system', `${machine.distribution}, kernel ${machine.kernel}`],
      ['Node', machine.node],
      ['C compiler', `${machine.compiler}, -O2`],
      ['commit', machine.commit],
      ['date', machine.date],
      ['load average', `${machine.loadAverage.before[0]} before, ${machine.loadAverage.after[0]} after`],
      ['rounds and slices', `${settings.rounds} rounds, ${settings.sliceMs} ms for each contender in a round`],
    ],
  );
}

function targetsTable(cases) {
  const rows = cases.flatMap((benchCase) =>
    verdictsOf(benchCase).map(({ words, value, met }) => [
      `[${benchCase.title}](#${anchorOf(benchCase.title)})`,
      words,
      value,
      met ? 'yes' : '**no**',
    ]),
  );
  return markdownTable(['row', 'target', 'measured', 'reached'], rows);
}

function resultsTable(benchCase) {
  const reference = benchCase.runs.find(({ id }) => id === benchCase.reference)?.name;
  const hasFloor = benchCase.runs.some((run) => run.overFloor !== undefined);
  const comparison = { ratio: `× ${reference}`, difference: `over ${reference}` }[benchCase.compare];
  const heading = [
    '',
    `one ${benchCase.per}`,
    ...(hasFloor ? ['over the floor'] : []),
    ...(comparison === undefined ? [] : [comparison]),
  ];
  const overFloor = (run) => {
    if (!hasFloor) return [];
    if (run.overFloor === undefined) return [''];
    const { median } = run.overFloor;
    return [`${median < 0 ? '−' : '+'}${amount(Math.abs(median), benchCase.unit)}`];
  };
  const rows = benchCase.runs.map((run) => {
    const name = run.version === undefined ? run.name : `${run.name} <sub>${run.version}</sub>`;
    if (run.error !== undefined) return [name, 'failed', ...heading.slice(2).map(() => ''), '', ''];
    const figure = figureOf(benchCase, run);
    const between = (low, high) => `${comparedOf(benchCase, low)} … ${comparedOf(benchCase, high)}`;
    const compared = comparison === undefined ? [] : [comparedOf(benchCase, figure.median)];
    const spread = [between(figure.q1, figure.q3), between(figure.min, figure.max)];
    return [name, amount(run.median, benchCase.unit), ...overFloor(run), ...compared, ...spread];
  });
  return markdownTable([...heading, 'middle half', 'all rounds'], rows);
}

function caseSection(benchCase) {
  const chart = hasChart(benchCase) ? [`![${benchCase.title}: chart](${CHART_FOLDER}/${benchCase.id}.svg)`] : [];
  const verdicts = verdictsOf(benchCase)
    .map(({ words, value, met }) => `- ${words}: ${value}, ${met ? 'reached' : '**not reached**'}`)
    .join('\n');
  const what = `${benchCase.what[0].toUpperCase()}${benchCase.what.slice(1)}.`;
  const parts = [
    `### ${benchCase.title}`,
    what,
    ...chart,
    resultsTable(benchCase),
    verdicts,
    notes[benchCase.id] ?? '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const INTRODUCTION = `# Benchmarks

How long a message takes, beside the system calls in C and beside every peer that could be found, measured in one run on one
machine.`;

const METHOD = `## Method

\`npm run bench -- --json bench/results/latest.json\` measures on your machine, and \`npm run bench:page\` makes this page of the
result. \`npm run bench -- --help\` lists the options, and bench/README.md describes the method in full.

All contenders of a row run in turn, in short slices, round after round. A ratio is a contender's time over that of the
reference in the same round, so that a disturbance of the machine affects both. The tables give the median of the rounds'
ratios, the range of the middle half, and the extremes. Lower is better. Every contender sends the same bytes, checks every call,
and hands out received data that belongs to the caller, unless its name says otherwise. C only calls the kernel, with the same
buffers every time.`;

function absentSection({ absent }) {
  if (absent.length === 0) return '';
  return `Absent from this run: ${absent.map(({ name }) => name).join(', ')}.`;
}

/** The whole page. */
export function pageOf(document) {
  const groups = [...new Set(document.cases.map(({ group }) => group))];
  const parts = [
    INTRODUCTION,
    sectionForUsers(document),
    METHOD,
    machineTable(document),
    absentSection(document),
    `![sysvmq against C: chart](${CHART_FOLDER}/overview.svg)`,
    ...groups.flatMap((group) => [
      `## ${group}`,
      ...document.cases.filter((benchCase) => benchCase.group === group).map(caseSection),
    ]),
    '## Targets',
    'This project wants each row to be as follows. The note of a row says what limits it.',
    targetsTable(document.cases),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
