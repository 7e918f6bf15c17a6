// What a run comes to, in words.

const sum = (results, count) => results.reduce((total, result) => total + count(result), 0);

/** Tests left out because they are slow: Jest counts them with those that need something. */
const slowOf = ({ pending, skipped }, fast) => (fast ? Math.max(0, pending - skipped.length) : 0);

function countsOf(results, fast) {
  const slow = sum(results, (result) => slowOf(result, fast));
  const skipped = sum(results, ({ pending }) => pending) - slow;
  return [
    `${sum(results, ({ passed }) => passed)} passed`,
    `${sum(results, ({ failed }) => failed)} failed`,
    `${skipped} skipped`,
    ...(fast ? [`${slow} slow ones left out`] : []),
  ].join(', ');
}

/** One line, or none: how many tests were skipped for which reason, and the command that installs what they lack. */
export function skippedLines(skipped) {
  const byReason = new Map();
  for (const { reason } of skipped) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  const reasons = [...byReason].map(([reason, count]) => `${count} because ${reason}`);
  const named = [...byReason.keys()].map((reason) => /\(Debian package ([\w.+-]+)/.exec(reason)?.[1]);
  const packages = [...new Set(named)].filter(Boolean).sort();
  if (reasons.length === 0) return [];
  const remedy = packages.length > 0 ? `. To run what lacks a program: apt-get install ${packages.join(' ')}` : '';
  return [`skipped: ${reasons.join('; ')}${remedy}`];
}

/** The last lines of a run. */
export function summaryLines(results, { builds, fast, seed, seconds }) {
  const lines =
    builds.length < 2
      ? []
      : builds.map((build) => {
          return `${build}: ${countsOf(
            results.filter((result) => result.build === build),
            fast,
          )}`;
        });
  const skipped = results.flatMap((result) => result.skipped);
  const total = `${countsOf(results, fast)}, in ${Math.round(seconds)} s with SYSVMQ_TEST_SEED=${seed}`;
  return [...lines, total, ...skippedLines(skipped)];
}
