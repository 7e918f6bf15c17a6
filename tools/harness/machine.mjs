// What a result depends on beside the code: said with every result.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { root } from './places.mjs';

function git(...args) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** The commit, and whether the sources differ from it; results of earlier runs do not count. */
function commit() {
  const hash = git('rev-parse', '--short=12', 'HEAD');
  if (hash === undefined) return 'unknown';
  const changes = git('status', '--porcelain', '--', '.', ':!bench/results', ':!trust/results', ':!docs');
  return changes === '' ? hash : `${hash} with changes`;
}

function compiler() {
  try {
    return execFileSync('cc', ['--version'], { encoding: 'utf8' }).split('\n')[0];
  } catch {
    return 'no C compiler';
  }
}

function distribution() {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Over 1, 5 and 15 minutes. */
export function loadAverage() {
  return loadavg().map((load) => Number(load.toFixed(2)));
}

/** Why the figures will mean little, if they will. */
export function disturbance() {
  const [load] = loadAverage();
  if (load < cpus().length / 2) return undefined;
  return `The machine is busy (load average ${load}): expect wide spreads, and no meaning in the rows where two processes poll.`;
}

export function describeMachine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    architecture: arch(),
    memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
    distribution: distribution(),
    kernel: release(),
    node: process.version,
    compiler: compiler(),
    commit: commit(),
    loadAverage: { before: loadAverage() },
  };
}
