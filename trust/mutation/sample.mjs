// Which mutants are run, and in what order.

// What is worth the most first: with little time, the others get less.
const FIRST = [
  /^lib\/messages\//,
  /^lib\/native\//,
  /^lib\/waiting\//,
  /^lib\/(core|kernel|codecs)\//,
  /^lib\/(consume|request-reply)\//,
];

const rank = (path) => (FIRST.findIndex((pattern) => pattern.test(path)) + FIRST.length + 1) % (FIRST.length + 1);

export function inOrder(mutants) {
  return [...mutants].sort((a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function shuffled(values, random) {
  const left = [...values];
  for (let last = left.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [left[last], left[other]] = [left[other], left[last]];
  }
  return left;
}

/** One of each file, then another of each, and so on, at random within a file. */
export function* takeTurns(mutants, random) {
  const paths = [...new Set(mutants.map(({ path }) => path))];
  const waiting = paths.map((path) =>
    shuffled(
      mutants.filter((mutant) => mutant.path === path),
      random,
    ),
  );
  while (waiting.some((pile) => pile.length > 0)) {
    for (const pile of waiting) if (pile.length > 0) yield pile.pop();
  }
}
