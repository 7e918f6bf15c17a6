// What a shared object says of itself, as readelf (binutils) tells it; it reads every architecture's.
import { execFileSync } from 'node:child_process';
import { processorOf } from './processors.cjs';

// Defined by Node.js, or perhaps by nobody: weak references of crtbegin and of ours (native/core/small_thread.cc), which are
// null where there is no such thing.
const NOT_OF_LIBC = /^(napi_|node_api_|_ITM_|__gmon_start__$|__pthread_get_minstack$)/;

function readelf(...args) {
  return execFileSync('readelf', ['--wide', ...args], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
}

/** Compares versions such as 2.2.5 and 2.17. */
export function compareVersions(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

// ppc64's have words in brackets in between.
/** The dynamic symbols: name, version ("GLIBC_2.17", or undefined), whether it is defined here, and its type. */
export function dynamicSymbols(path) {
  return readelf('--dyn-syms', path)
    .split('\n')
    .map((line) => /^\s*\d+: \w+\s+\d+ (\w+)\s+\w+\s+\w+\s+(?:\[.*?\]\s+)?(\w+) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, type, section, symbol]) => {
      const [name, version] = symbol.split(' ')[0].split(/@+/);
      return { name, version, defined: section !== 'UND', type };
    })
    .filter(({ name }) => name !== '');
}

/** What matters of an addon: where it runs and what it needs there. */
export function describeAddon(path) {
  const header = readelf('--file-header', path);
  const machine = /Machine:\s+(.*)/.exec(header)?.[1] ?? '';
  const needed = [...readelf('--dynamic', path).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
  const symbols = dynamicSymbols(path);
  const wanted = symbols.filter(({ defined, name }) => !defined && !NOT_OF_LIBC.test(name));
  const versions = wanted.flatMap(({ version }) => /^GLIBC_([\d.]+)$/.exec(version ?? '')?.[1] ?? []);
  return {
    architecture: processorOf(machine, /little endian/.test(header)),
    needed,
    newestGlibc: versions.sort(compareVersions).at(-1) ?? 'none',
    unversioned: wanted.filter(({ version }) => version === undefined).map(({ name }) => name),
    exported: symbols
      .filter(({ defined }) => defined)
      .map(({ name }) => name)
      .sort(),
  };
}
