// Coverage as words: { path, lines, branches, functions: { covered, of }, missed: ['12-14'], … } of each file.
import { dirname } from 'node:path';

const WHAT = ['lines', 'branches', 'functions'];

/** 3, 4, 5, 9 as "3-5", "9". */
export function ranges(numbers) {
  const found = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last.to >= number - 1) last.to = number;
    else found.push({ from: number, to: number });
  }
  return found.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
}

function total(files, what) {
  const sum = (part) => files.reduce((all, file) => all + file[what][part], 0);
  return { covered: sum('covered'), of: sum('of') };
}

const percent = ({ covered, of }) => (of === 0 ? '100' : ((100 * covered) / of).toFixed(1));

function words(files) {
  return WHAT.map((what) => {
    const counts = total(files, what);
    return `${what} ${percent(counts)} % (${counts.covered} of ${counts.of})`;
  }).join(', ');
}

/** A figure of everything, and one of each folder. */
export function figuresOf(files) {
  const folders = [...new Set(files.map(({ path }) => dirname(path)))].sort();
  const top = files[0].path.split('/')[0];
  const perFolder = folders.map((folder) => {
    return { name: `${folder}/`, value: words(files.filter(({ path }) => dirname(path) === folder)) };
  });
  return folders.length === 1 ? perFolder : [{ name: `all of ${top}/`, value: words(files) }, ...perFolder];
}

/** What is not reached, a line each. */
export function missedWords({ path, missedLines, missedBranches, missedFunctions }) {
  const kinds = [
    ['lines', missedLines],
    ['branches at', missedBranches],
    ['functions', missedFunctions],
  ].filter(([, missed]) => missed.length > 0);
  return kinds.length === 0 ? undefined : `${path}: ${kinds.map(([kind, missed]) => `${kind} ${missed.join(' ')}`).join('; ')}`;
}
