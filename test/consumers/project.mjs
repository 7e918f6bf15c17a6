// Projects for the checks: an empty folder each, with the packed package installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url));
export const packageRoot = join(here, '../..');
const require = createRequire(import.meta.url);

const base = mkdtempSync(join(tmpdir(), 'sysvmq-consumers-'));
process.on('exit', () => rmSync(base, { recursive: true, force: true }));

// What npm tells its scripts is about this package; a project is another one. Certificates and proxies stay.
const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|SYSVMQ_)/i.test(name));
export const environment = { ...Object.fromEntries(inherited), npm_config_ignore_scripts: 'true' };

/** The folder of a tool of test/consumers/package.json. */
export function toolFolder(name) {
  return join(here, 'node_modules', name);
}

export async function importTool(name) {
  return import(require.resolve(name));
}

let installed;

/** A folder with these files and nothing installed. */
export function emptyProject(name, files = {}) {
  const folder = join(base, name);
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of Object.entries({ 'package.json': '{ "private": true }\n', ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A folder with these files, and the package installed by npm. npm runs once; the rest are copies. */
export function project(name, files, tarball) {
  if (installed === undefined) {
    installed = emptyProject('installed');
    const args = ['install', tarball, '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', args, { cwd: installed, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const folder = emptyProject(name, files);
  cpSync(join(installed, 'node_modules'), join(folder, 'node_modules'), { recursive: true });
  return folder;
}

/** Makes a package of this repository's node_modules, or of a tool's, importable in a project. */
export function link(folder, name, target) {
  mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
  symlinkSync(target, join(folder, 'node_modules', name));
}

/** What a command printed; it is an Error when it fails. */
export function run(folder, command, options = {}) {
  const [program, ...args] = command;
  const env = { ...environment, ...options.env };
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    ...options,
    env,
  });
  if (status !== 0) {
    throw new Error(`${command.join(' ')} ended with ${error?.message ?? status ?? signal}\n${stdout}${stderr}`);
  }
  return stdout;
}

/** A program that sends and receives, and then prints this. */
export const PROOF = 'received: through the kernel';
export const program = (load) => `${load}
const queue = MessageQueue.createPrivate();
queue.receive().then(({ data }) => {
  console.log('received: ' + data);
  queue.remove();
});
queue.send('through the kernel');
`;
export const COMMONJS = program("const { MessageQueue } = require('sysvmq');");
export const ESM = program("import { MessageQueue } from 'sysvmq';");

/** Throws unless the output is that of the program. */
export function expectProof(output) {
  if (output.trim() !== PROOF) throw new Error(`expected "${PROOF}", got ${JSON.stringify(output)}`);
}
