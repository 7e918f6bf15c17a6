// An install from a lock file, as an image or a CI makes it, by each package manager: with its scripts allowed, and with
// no compiler, no python and no make on the PATH. Nothing may be built, and the binary that came along is what is loaded.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { COMMONJS, emptyProject, environment, PROOF, run, toolFolder } from '../project.mjs';

const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
const PROGRAM = `${COMMONJS}
console.log(require('node:fs').readFileSync('/proc/self/maps', 'utf8').match(/\\S*sysvmq\\.node/)[0]);`;
const MANIFEST = JSON.stringify({
  name: 'locked',
  version: '1.0.0',
  private: true,
  // pnpm and Bun run scripts of these only.
  pnpm: { onlyBuiltDependencies: ['sysvmq'] },
  trustedDependencies: ['sysvmq'],
});
// A path in the project, since yarn 1 takes no lock file with another one.
const TARBALL = './sysvmq.tgz';
const tool = (name, script) => ['node', join(toolFolder(name), script)];
const npm = (name) => ({
  program: tool(name, 'bin/npm-cli.js'),
  lock: ['install', TARBALL, '--no-audit', '--no-fund'],
  locked: ['ci', '--no-audit', '--no-fund'],
});

const MANAGERS = {
  'npm 10': npm('npm-10'),
  'npm 11': npm('npm-11'),
  pnpm: {
    program: tool('pnpm', 'bin/pnpm.cjs'),
    lock: ['add', TARBALL, '--store-dir', '.store'],
    locked: ['install', '--frozen-lockfile', '--store-dir', '.store'],
  },
  'yarn 1': {
    program: tool('yarn-1', 'bin/yarn.js'),
    lock: ['add', `file:${TARBALL}`, '--cache-folder', '.cache', '--registry', registry],
    locked: ['install', '--frozen-lockfile', '--cache-folder', '.cache', '--registry', registry],
  },
  'yarn 4': {
    program: tool('@yarnpkg/cli-dist', 'bin/yarn.js'),
    files: {
      '.yarnrc.yml': 'nodeLinker: node-modules\nenableTelemetry: false\nglobalFolder: .yarn-global\n',
      'yarn.lock': '',
    },
    lock: ['add', `sysvmq@file:${TARBALL}`],
    locked: ['install', '--immutable'],
  },
  bun: {
    program: [join(toolFolder('@oven/bun-linux-x64'), 'bin/bun')],
    lock: ['add', TARBALL],
    locked: ['install', '--frozen-lockfile'],
  },
};

/** Of programs there is what package managers need themselves. */
function bareEnvironment(folder) {
  const bin = join(folder, '.bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const name of ['sh', 'env', 'tar', 'gzip'])
    symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
  const certificates = environment.NODE_EXTRA_CA_CERTS;
  return {
    PATH: bin,
    HOME: folder,
    npm_config_ignore_scripts: 'false',
    npm_config_registry: registry,
    YARN_NPM_REGISTRY_SERVER: registry,
    ...(certificates === undefined ? {} : { YARN_HTTPS_CA_FILE_PATH: certificates }),
  };
}

function builtIn(folder) {
  const installed = realpathSync(join(folder, 'node_modules/sysvmq'));
  return readdirSync(installed, { recursive: true }).filter((path) => /(^|\/)build\/|\.o$/.test(path));
}

function lockedInstall(name, { program, files, lock, locked }) {
  return (tarball) => {
    const folder = emptyProject(`locked-${name.replace(' ', '-')}`, { 'package.json': MANIFEST, ...files });
    copyFileSync(tarball, join(folder, TARBALL));
    const env = bareEnvironment(folder);
    const [node, ...script] = program;
    const command = node === 'node' ? [join(folder, '.bin/node'), ...script] : program;
    run(folder, [...command, ...lock], { env });
    rmSync(join(folder, 'node_modules'), { recursive: true });
    run(folder, [...command, ...locked], { env });
    const built = builtIn(folder);
    if (built.length > 0) throw new Error(`${name} compiled ${built.join(', ')}`);
    const [received, loaded] = run(folder, [process.execPath, '-e', PROGRAM]).trim().split('\n').sort().reverse();
    const expected = `/sysvmq/prebuilds/linux-${process.arch}/sysvmq.node`;
    if (received !== PROOF || !loaded?.endsWith(expected))
      throw new Error(`expected ${expected}: ${received} ${loaded}`);
  };
}

/** By name: a check for each package manager. */
export const lockedInstalls = Object.fromEntries(
  Object.entries(MANAGERS).map(([name, manager]) => [`locked install, ${name}`, lockedInstall(name, manager)]),
);
