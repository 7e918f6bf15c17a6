// What is built before anything runs.
import { execFileSync } from 'node:child_process';
import { root } from './places.mjs';

/** Runs scripts of package.json quietly; what goes wrong is shown. */
export function npmRun(...scripts) {
  for (const script of scripts) {
    execFileSync('npm', ['run', '--silent', script], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

/** The library, as its users get it. */
export function buildLibrary() {
  npmRun('build');
}
