#!/usr/bin/env node
// Makes what the package carries and git does not; npm runs this before `npm pack` and `npm publish`:
// dist/, prebuilds/, and in native/ what it takes to build the addon from the package: the headers of node-addon-api, and
// binding.gyp, which must not lie beside package.json there.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function carryHeaders() {
  const source = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
  const target = join(root, 'native/node-addon-api');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  for (const name of ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md'])
    cpSync(join(source, name), join(target, name));
}

const isProgram = ({ name, parentPath }) =>
  name.endsWith('.node') || join(parentPath, name).endsWith('dist/cli/main.js');

// npm keeps the modes that files have, and the umask of the user who packs must not show in the package.
function setModes(folder) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() || isProgram(entry) ? 0o755 : 0o644);
  }
}

/** Progress goes to stderr: stdout is npm's, which prints the name of the tarball, or JSON. */
function run(program, ...args) {
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 2, 'inherit'] });
}

// tsc removes no file whose source is gone.
rmSync(join(root, 'dist'), { recursive: true, force: true });
run('npm', 'run', '--silent', 'build:lib');
const { SYSVMQ_BUILD_ANEW: anew } = process.env;
run(process.execPath, 'scripts/prebuild.mjs', ...(anew ? ['--anew', anew] : []));
carryHeaders();
cpSync(join(root, 'binding.gyp'), join(root, 'native/binding.gyp'));
chmodSync(join(root, 'native/binding.gyp'), 0o644);
for (const folder of ['dist', 'prebuilds', 'native/node-addon-api']) setModes(folder);
