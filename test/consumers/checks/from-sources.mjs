// Builds the addon from the installed package, where it has no binary for the processor: by node-gyp and by cmake-js.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { COMMONJS, PROOF, packageRoot, project, run } from '../project.mjs';

const PROGRAM = `${COMMONJS}
console.log(require('node:fs').readFileSync('/proc/self/maps', 'utf8').match(/\\S*sysvmq\\.node/)[0]);`;

/** Runs a tool of this repository in the installed package, through npm, which knows where Node.js's headers are. */
function build(installed, ...words) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  const place = ['--prefix', packageRoot, 'exec', '--no', '--', ...words];
  // Unoptimized, in half the time: the flags come after those of node-gyp.
  const env = { ...process.env, CXXFLAGS: '-O0' };
  execFileSync('npm', place, { cwd: installed, env, stdio, encoding: 'utf8' });
}

function expectBuilt(folder, file) {
  const [received, loaded] = run(folder, [process.execPath, '-e', PROGRAM]).trim().split('\n').sort().reverse();
  if (received !== PROOF || !loaded?.endsWith(file)) throw new Error(`expected ${file}: ${received} ${loaded}`);
}

function fromSources(name, words, file) {
  return (tarball) => {
    const folder = project(`sources-${name}`, {}, tarball);
    const installed = join(folder, 'node_modules/sysvmq');
    rmSync(join(installed, 'prebuilds'), { recursive: true });
    build(installed, ...words);
    expectBuilt(folder, `/sysvmq/${file}`);
  };
}

/** With the commands that README.md names. */
export const sourceBuilds = {
  'built from the installed sources, node-gyp': fromSources(
    'node-gyp',
    ['node-gyp', 'rebuild', '--directory', 'native'],
    'native/build/Release/sysvmq.node',
  ),
  'built from the installed sources, cmake-js': fromSources('cmake-js', ['cmake-js'], 'build/Release/sysvmq.node'),
};
