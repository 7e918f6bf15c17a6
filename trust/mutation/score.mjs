// What became of mutants, as figures.

const count = (outcomes, ...names) => outcomes.filter(({ became }) => names.includes(became)).length;

/** killed / (killed + survived), in per cent. */
function score(outcomes) {
  const killed = count(outcomes, 'killed', 'timed out');
  const judged = killed + count(outcomes, 'survived');
  return judged === 0 ? undefined : Number(((100 * killed) / judged).toFixed(1));
}

function row(path, mutants, outcomes) {
  return {
    path,
    mutants: mutants.length,
    run: outcomes.length,
    killed: count(outcomes, 'killed'),
    timedOut: count(outcomes, 'timed out'),
    survived: count(outcomes, 'survived'),
    notReached: count(outcomes, 'not reached'),
    score: score(outcomes),
  };
}

export function perFile(mutants, outcomes) {
  return [...new Set(mutants.map(({ path }) => path))].map((path) => {
    const ofIt = (all) => all.filter((one) => one.path === path);
    return row(path, ofIt(mutants), ofIt(outcomes));
  });
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
