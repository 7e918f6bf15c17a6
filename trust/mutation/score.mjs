// What became of mutants, as figures.

const count = (outcomes, ...names) => outcomes.filter(({ became }) => names.includes(became)).length;

/** killed / (killed + survived), in per cent. */
function score(outcomes) {
  const killed = count(outcomes, 'killed', 'timed out');
  const judged = killed + count(outcomes, 'survived');
  return judged === 0 ? undefined : Number(((100 * killed) / judged).toFixed(1));
}

/** A line each of those of which this became. */
export function survivorWords(outcomes, became) {
  return outcomes
    .filter((outcome) => outcome.became === became)
    .map(({ path, line, was, becomes }) => `${path}:${line}: \`${oneLine(was)}\` became \`${oneLine(becomes)}\``);
}

const MAX_CHARACTERS = 80;

function oneLine(code) {
  const line = code.replace(/\s+/g, ' ').replaceAll('`', "'");
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS).replace(/\w+$/, '')} …` : line;
}

export function figuresOf(outcomes, { mutants, equivalent, failed }) {
  const folders = [...new Set(outcomes.map(({ path }) => path.split('/').slice(0, -1).join('/')))].sort();
  return [
    { name: 'mutants', value: mutants },
    { name: 'known to change nothing, and not run', value: equivalent },
    { name: 'run', value: outcomes.length },
    { name: 'killed by a test', value: count(outcomes, 'killed') },
    { name: 'stopped because the tests did not end', value: count(outcomes, 'timed out') },
    { name: 'survived', value: count(outcomes, 'survived') },
    { name: 'in code that these tests do not reach', value: count(outcomes, 'not reached') },
    { name: 'score: killed / (killed + survived)', value: score(outcomes), unit: '%' },
    ...folders.map((folder) => {
      const ofIt = outcomes.filter(({ path }) => path.split('/').slice(0, -1).join('/') === folder);
      return { name: `score of ${folder}/`, value: `${score(ofIt) ?? '–'} % of ${ofIt.length}` };
    }),
    { name: 'tests that were left out, because they fail in the copy', value: failed },
  ];
}
