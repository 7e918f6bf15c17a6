// require, import of every name, node_modules that cannot be written, and the layouts of pnpm and Yarn.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { COMMONJS, ESM, emptyProject, environment, expectProof, project, run, toolFolder } from '../project.mjs';

const node = process.execPath;

export function requires(tarball) {
  expectProof(run(project('require', { 'main.cjs': COMMONJS }, tarball), [node, 'main.cjs']));
}

/** Node finds the names of a CommonJS module by reading it; each of them must be found, in both entry points. */
export function importsEveryName(tarball) {
  const folder = project('import', { 'main.mjs': ESM }, tarball);
  expectProof(run(folder, [node, 'main.mjs']));
  for (const entryPoint of ['sysvmq', 'sysvmq/syscalls']) {
    const names = JSON.parse(run(folder, [node, '-p', `JSON.stringify(Object.keys(require('${entryPoint}')))`]));
    const code = `import { ${names} } from '${entryPoint}'; console.log([${names}].filter((x) => x === undefined).length)`;
    const missing = run(folder, [node, '--input-type=module', '-e', code]).trim();
    if (missing !== '0' || names.length < 15)
      throw new Error(`${missing} of ${names.length} names of ${entryPoint} are undefined`);
  }
}

/** As in an image whose files belong to root. Root may write everywhere, so the program runs as another user. */
export function readOnlyNodeModules(tarball) {
  const folder = project('read-only', { 'main.cjs': COMMONJS }, tarball);
  execFileSync('chmod', ['-R', 'a-w,a+rX', folder]);
  const someoneElse = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
  chmodSync(join(folder, '..'), 0o755);
  expectProof(run(folder, [node, 'main.cjs'], someoneElse));
  execFileSync('chmod', ['-R', 'u+w', folder]);
}

export function pnpm(tarball) {
  const folder = emptyProject('pnpm', { 'main.mjs': ESM });
  const store = ['--store-dir', join(folder, '.store'), '--ignore-scripts', '--reporter', 'silent'];
  run(folder, [node, join(toolFolder('pnpm'), 'bin/pnpm.cjs'), 'add', tarball, ...store]);
  expectProof(run(folder, [node, 'main.mjs']));
}

function yarn(name, linker) {
  return (tarball) => {
    const settings = `nodeLinker: ${linker}\nenableScripts: false\nenableTelemetry: false\nglobalFolder: .yarn-global\n`;
    const folder = emptyProject(name, { 'main.cjs': COMMONJS, '.yarnrc.yml': settings, 'yarn.lock': '' });
    const program = [node, join(toolFolder('@yarnpkg/cli-dist'), 'bin/yarn.js')];
    const certificates = environment.NODE_EXTRA_CA_CERTS;
    const env = certificates === undefined ? {} : { YARN_HTTPS_CA_FILE_PATH: certificates };
    run(folder, [...program, 'add', `sysvmq@file:${tarball}`], { env });
    expectProof(run(folder, [...program, 'node', 'main.cjs'], { env }));
  };
}
export const yarnNodeModules = yarn('yarn-node-modules', 'node-modules');
export const yarnPlugAndPlay = yarn('yarn-pnp', 'pnp');
