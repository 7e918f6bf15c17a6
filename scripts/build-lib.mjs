#!/usr/bin/env node
// Builds dist/ of lib/: its JavaScript and, at the same time, its types.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';
import { sideBySide } from '../tools/harness/side-by-side.mjs';

const TASKS = [
  [['scripts/bundle.mjs']],
  [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], ['scripts/declarations.mjs']],
];

/** The status of a program of Node.js. */
function run(args) {
  const [program, ...rest] = args;
  const child = spawn(process.execPath, [join(root, program), ...rest], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
}

const statuses = await sideBySide(TASKS, async (commands) => {
  for (const command of commands) {
    const status = await run(command);
    if (status !== 0) return status;
  }
  return 0;
});
process.exit(Math.max(...statuses));
