// Which tests are to kill a mutant: those that see it, the files first that see the most of its file in the least time.

const FILE_MS = 100;
// A test that waits for a time limit of its own would spend that time on each mutant that survives it.
const SLOW_MS = 2_000;
const BUDGET_MS = 10_000;
// All tests see what is run when a module is loaded.
const BUDGET_OF_LOADED_MS = 15_000;

const steady = (tests) => tests.filter(({ failed, duration }) => !failed && (duration ?? 0) <= SLOW_MS);

/** `pathOf` says which file of lib/ an id belongs to. */
export function makeChooser(files, pathOf) {
  const known = files.map(({ path, loads, tests }) => {
    const seen = new Set(loads);
    const perPath = new Map();
    const all = steady(tests).map((test) => ({ ...test, sees: new Set(test.sees) }));
    for (const id of new Set(all.flatMap(({ sees }) => [...sees]))) {
      perPath.set(pathOf(id), (perPath.get(pathOf(id)) ?? 0) + 1);
    }
    const cost = all.reduce((sum, { duration }) => sum + (duration ?? 0), FILE_MS);
    return { path, loads: seen, tests: all, value: (libraryPath) => (perPath.get(libraryPath) ?? 0) / cost };
  });
  return ({ id, path }) => choose(known, id, path);
}

const words = (path) =>
  path
    .replace(/(\.test)?\.ts$/, '')
    .split(/[/-]/)
    .map((word) => word.replace(/s$/, ''));

/** How many words their names share: lib/core/limit-table.ts and test/kernel/limits.test.ts. */
function kinship(libraryPath, testPath) {
  const ours = new Set(words(libraryPath));
  return words(testPath).filter((word) => ours.has(word)).length;
}

/** { chosen: [{ path, tests: [names] }], expectedMs: how long they take } */
function choose(known, id, libraryPath) {
  const chosen = [];
  let expectedMs = 0;
  const isLoaded = known.some(({ loads }) => loads.has(id));
  const budgetMs = isLoaded ? BUDGET_OF_LOADED_MS : BUDGET_MS;
  // Code that is only loaded is not run by any test in particular.
  const kin = ({ path }) => (isLoaded ? kinship(libraryPath, path) : 0);
  const byValue = (a, b) => kin(b) - kin(a) || b.value(libraryPath) - a.value(libraryPath);
  for (const { path, loads, tests } of [...known].sort(byValue)) {
    const seeing = loads.has(id) ? tests : tests.filter(({ sees }) => sees.has(id));
    const taken = [];
    for (const { name, duration } of [...seeing].sort((a, b) => a.duration - b.duration)) {
      const more = (duration ?? 0) + (taken.length === 0 ? FILE_MS : 0);
      if (expectedMs + more > budgetMs) break;
      expectedMs += more;
      taken.push(name);
    }
    if (taken.length > 0) chosen.push({ path, tests: taken });
  }
  return { chosen, expectedMs };
}
