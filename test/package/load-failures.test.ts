/** What an installed package says when its addon does not load: each cause is a real one, and has a remedy of its own. */

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nobody } from '../support/child';
import { bundledLibrary, itNeeds, otherUsers } from '../support/needs';
import { itSlow, slow } from '../support/slow';

const root = join(__dirname, '..', '..');
const addon = join(root, process.env['SYSVMQ_BUILD_DIR'] ?? 'build', 'Release', 'sysvmq.node');
const platform = `${process.platform}-${process.arch}`;
let folder: string;
let installed: string;

/** The package as it is installed, without what it does not take to load. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysvmq-installed-'));
  chmodSync(folder, 0o755);
  installed = join(folder, 'node_modules', 'sysvmq');
  mkdirSync(join(installed, 'prebuilds', platform), { recursive: true });
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true });
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'));
  copyFileSync(addon, join(installed, 'prebuilds', platform, 'sysvmq.node'));
  for (const name of ['bindings', 'file-uri-to-path'])
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Options {
  args?: string[];
  prefix?: string[];
  user?: { uid: number; gid: number };
}

const TELL = `
  const tell = (call) => { try { call(); console.log('it works'); } catch (error) { console.log(error.name + ': ' + error.message); } };
  const { MessageQueue, isSupported } = require('sysvmq');`;

/** What a program prints in the project where the package is installed. */
function run(code: string, { args = [], prefix = [], user }: Options = {}): string {
  const { SYSVMQ_BUILD_DIR: _, ...env } = process.env;
  const [program, ...words] = [...prefix, process.execPath, ...args, '-e', TELL + code];
  const { stdout, stderr } = spawnSync(program, words, { cwd: folder, env, encoding: 'utf8', ...user });
  return stdout + stderr;
}

const FIRST_CALL = 'tell(() => MessageQueue.createPrivate().remove());';
const prebuilt = () => join(installed, 'prebuilds', platform, 'sysvmq.node');

itNeeds(slow(bundledLibrary), 'an installed package loads its binary, and nothing else of what is installed', () => {
  const code = `${FIRST_CALL}
    console.log(Object.keys(require.cache).map((path) => path.replace(/.*node_modules/, '')).join(' '));`;
  expect(run(code)).toBe(
    `it works\n/sysvmq/dist/index.js /sysvmq/dist/sysvmq.js /sysvmq/prebuilds/${platform}/sysvmq.node\n`,
  );
});

itSlow('a build of the installed sources is preferred to the binary that came along', () => {
  mkdirSync(join(installed, 'native/build/Release'), { recursive: true });
  copyFileSync(addon, join(installed, 'native/build/Release/sysvmq.node'));
  expect(run(`${FIRST_CALL} console.log(Object.keys(require.cache).at(-1));`)).toContain('native/build/Release');
});

itSlow('--no-addons: says which flags of Node.js to change', () => {
  expect(run(FIRST_CALL, { args: ['--no-addons'] })).toMatch(
    /^NativeLoadError: .*what to do: .*--allow-addons .*no --no-addons/s,
  );
});

itSlow('a file of another processor: says which', () => {
  const header = Buffer.alloc(64);
  header.writeUInt32BE(0x7f454c46, 0);
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18);
  writeFileSync(prebuilt(), header);
  expect(run(FIRST_CALL)).toContain(
    `the file is for ${process.arch === 'arm64' ? 'x64' : 'arm64'}, and this process is ${process.arch}`,
  );
});

itSlow('a file that was cut: says to install again', () => {
  truncateSync(prebuilt(), 10);
  expect(run(FIRST_CALL)).toContain('what to do: the file is damaged: install the package again');
});

itSlow('no binary for this platform: says for which there are some, and how to build', () => {
  cpSync(join(installed, 'prebuilds', platform), join(installed, 'prebuilds', 'linux-other'), { recursive: true });
  rmSync(join(installed, 'prebuilds', platform), { recursive: true });
  const output = run(FIRST_CALL);
  expect(output).toContain(`the package has binaries for linux-other, and none for ${platform}`);
  expect(output).toContain(`cd ${installed} && npx node-gyp rebuild --directory native`);
});

it('the binary was not copied along: says so', () => {
  rmSync(join(installed, 'prebuilds'), { recursive: true });
  expect(run(FIRST_CALL)).toMatch(
    /tried:.*prebuilds.*what to do: the file is not where the package was installed or copied to/s,
  );
});

itNeeds(slow(otherUsers), 'a file that this user may not read: says who may not', () => {
  chmodSync(prebuilt(), 0o600);
  expect(run(FIRST_CALL, { user: nobody })).toContain(`let this user (uid ${nobody.uid}) read the file`);
});

itNeeds(slow(otherUsers), 'a folder that this user may not enter: says who may not', () => {
  chmodSync(join(installed, 'prebuilds'), 0o700);
  expect(run(FIRST_CALL, { user: nobody })).toContain(`let this user (uid ${nobody.uid}) read the file`);
});

const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;
itNeeds(
  slow({ met: mayMount, reason: 'this user may make no mount namespace' }),
  'a file system without exec: says so',
  () => {
    const script = `mount -t tmpfs -o noexec none "$0" && cp -a "$1"/. "$0" && shift && cd "$0" && exec "$@"`;
    const mounted = mkdtempSync(join(tmpdir(), 'sysvmq-noexec-'));
    try {
      const output = run(`process.chdir('.');${FIRST_CALL}`, {
        prefix: ['unshare', '--mount', 'sh', '-c', script, mounted, folder],
      });
      expect(output).toContain(`mounted with noexec, which\n    findmnt --target ${mounted}`);
    } finally {
      rmSync(mounted, { recursive: true });
    }
  },
);

itSlow('no file descriptor left: says so, and the next call works', () => {
  const output = run(`
    const fs = require('node:fs');
    const files = [];
    const take = () => { try { for (;;) files.push(fs.openSync('/dev/null')); } catch {} };
    take();
    let failure;
    try { MessageQueue.createPrivate(); } catch (error) { failure = error.message; }
    const supported = isSupported();
    for (const file of files) fs.closeSync(file);
    console.log(failure, supported);
    ${FIRST_CALL} console.log(isSupported());`);
  expect(output).toMatch(/has no file descriptor left.*The next call tries again\. false\nit works\ntrue\n$/s);
});

itNeeds(slow(bundledLibrary), 'later entry points load once there are file descriptors again', () => {
  const output = run(`
    const fs = require('node:fs');
    const files = [];
    const queue = MessageQueue.createPrivate({ autoRemove: true });
    try { for (;;) files.push(fs.openSync('/dev/null')); } catch {}
    const later = [
      () => require('sysvmq').watchQueue(queue).return(),
      () => queue.readable().destroy(),
      () => require('sysvmq').codecs.php().encode(1),
    ];
    for (const call of later) tell(call);
    for (const file of files) fs.closeSync(file);
    for (const call of later) tell(call);`);
  expect(output.replace(/^Error: EMFILE.*\n(Require stack:\n(- .*\n)*)?/gm, 'EMFILE\n')).toMatch(
    /^(EMFILE\n){1,3}(it works\n){3,5}$/,
  );
});

// A report looks up the name of each address that the process is connected to, and waits for that.
itSlow('isSupported() and the error of a failed load ask for no report of the process', () => {
  rmSync(join(installed, 'prebuilds'), { recursive: true });
  const output = run(`
    process.report.getReport = () => { throw new Error('a report was asked for'); };
    console.log(isSupported());
    ${FIRST_CALL}`);
  expect(output).toMatch(/^false\nNativeLoadError: .*what to do: /s);
  expect(output).not.toContain('a report was asked for');
});

// Deno's existsSync() throws where it may not look; Node's returns false.
itSlow('a file system that refuses every look ends in a NativeLoadError, and isSupported() is false', () => {
  const output = run(`
    require('node:fs').existsSync = (path) => { throw new Error('no right to look at ' + path); };
    console.log(isSupported());
    ${FIRST_CALL}`);
  expect(output).toMatch(/^false\nNativeLoadError: The native addon .*reason: +no right to look at /s);
});

itSlow('an unexplained failure is still a NativeLoadError', () => {
  rmSync(join(installed, 'prebuilds'), { recursive: true });
  const output = run(`
    Object.defineProperty(process, 'versions', { get() { throw new Error('no right to look'); } });
    ${FIRST_CALL} console.log(isSupported());`);
  expect(output).toMatch(/^NativeLoadError: The native addon of sysvmq could not be loaded\.\n.*false\n$/s);
});
