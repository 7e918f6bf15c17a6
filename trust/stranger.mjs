#!/usr/bin/env node
// The first hour of a stranger: a bare Debian with what README.md names, a clone, README.md's commands, and npm test.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { flag, readArguments } from '../tools/harness/arguments.mjs';
import { root } from '../tools/harness/places.mjs';
import { debianRoot, requirePrograms, unpackRoot } from './machine/debian.mjs';
import { buildFolder } from './machine/places.mjs';

const HELP = `Usage: node trust/stranger.mjs [--no-tests]

Makes a bare Debian (mmdebstrap, minbase) with the packages of README.md's apt-get line and this Node.js, clones the last
commit into it, and runs README.md's commands there and npm test, with namespaces of their own. Checks that each
passes, and that apt knows the packages that npm test names at its end. Takes root, mmdebstrap, git and npm's registry.

  --no-tests   without npm test`;

/** README.md's commands for a clone: the Debian packages, and what runs then. */
function commandsOfReadme() {
  const words = readFileSync(join(root, 'README.md'), 'utf8');
  const [, packages, commands] = /```sh\napt-get install ([^\n]+)\n([^\n]+)\n```/.exec(words) ?? [];
  if (packages === undefined)
    throw new Error('README.md has no block with apt-get install and the commands of a clone');
  return { packages: packages.split(' '), commands };
}

/** This Node.js, with its headers and npm, as an archive from nodejs.org has them. */
function installNode(folder) {
  const prefix = dirname(dirname(process.execPath));
  const copy = (path) => cpSync(realpathSync(join(prefix, path)), join(folder, 'usr/local', path), { recursive: true });
  for (const path of ['bin/node', 'include/node', 'lib/node_modules/npm']) copy(path);
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(folder, 'usr/local/bin', name));
}

const certificates = process.env.NODE_EXTRA_CA_CERTS;

/** The stranger's home in the new root, which Debian has empty. */
const HOME = 'srv';

/** How to reach what this machine reaches: names, certificates, npm's registry. */
function connect(folder) {
  for (const name of ['resolv.conf', 'hosts']) cpSync(realpathSync(`/etc/${name}`), join(folder, 'etc', name));
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  const settings = [`registry=${registry}`, 'nodedir=/usr/local', 'update-notifier=false'];
  if (certificates !== undefined && existsSync(certificates)) {
    cpSync(realpathSync(certificates), join(folder, 'etc/certificates.crt'));
    settings.push('cafile=/etc/certificates.crt');
  }
  writeFileSync(join(folder, HOME, '.npmrc'), `${settings.join('\n')}\n`);
}

function makeRoot(packages) {
  const folder = join(buildFolder('roots'), 'stranger');
  unpackRoot(debianRoot('stranger', packages), folder);
  installNode(folder);
  connect(folder);
  execFileSync('git', ['clone', '--quiet', root, join(folder, HOME, 'sysvmq')]);
  return folder;
}

// By pivot_root, as containers do: in a chroot, no process may make a user namespace, and the root would be no mount.
const ENTER = `set -e
mount --bind "$0" "$0"
mount --rbind /dev "$0/dev"; mount -t tmpfs tmpfs "$0/dev/shm"; mount --rbind /sys "$0/sys"; mount -t proc proc "$0/proc"
mkdir -p "$0/old"; cd "$0"; pivot_root . old; umount -l old
exec chroot . /usr/bin/env -i HOME=/${HOME} PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$1" sh -c "cd /${HOME}/sysvmq && $2"`;

/** Runs a command there; its status, and what it printed, which is shown, too. */
function runIn(folder, command) {
  console.log(`\n$ ${command}`);
  const namespaces = ['--mount', '--pid', '--ipc', '--fork', '--kill-child'];
  const variable = `NODE_EXTRA_CA_CERTS=${certificates === undefined ? '' : '/etc/certificates.crt'}`;
  const { status, signal, stdout } = spawnSync(
    'unshare',
    [...namespaces, 'sh', '-c', ENTER, folder, variable, command],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 2 ** 28,
    },
  );
  process.stdout.write(stdout);
  return { ended: signal ?? status, stdout };
}

/** Complaints about the end of npm test. */
function complaintsAboutTests(folder) {
  const { ended, stdout } = runIn(folder, 'npm test');
  const complaints = ended === 0 ? [] : [`npm test ended with ${ended}`];
  const missing = /^skipped: .* To run what lacks a program: apt-get install (.+)$/m.exec(stdout)?.[1];
  if (/^skipped: .*Debian package/m.test(stdout) && missing === undefined)
    complaints.push('npm test names no packages');
  if (
    missing !== undefined &&
    runIn(folder, `apt-get update -qq && apt-get install -qq --simulate ${missing}`).ended !== 0
  )
    complaints.push(`apt does not know all of: ${missing}`);
  return complaints;
}

const { 'no-tests': noTests } = readArguments(HELP, { 'no-tests': flag });
requirePrograms({ mmdebstrap: 'mmdebstrap', git: 'git', unshare: 'util-linux' });
const { packages, commands } = commandsOfReadme();
const folder = makeRoot(packages);
const { ended } = runIn(folder, commands);
const complaints = ended === 0 ? [] : [`${commands} ended with ${ended}`];
if (!noTests && complaints.length === 0) complaints.push(...complaintsAboutTests(folder));
rmSync(folder, { recursive: true });
console.log(complaints.length === 0 ? '\na stranger has no complaint' : `\nFAILED: ${complaints.join('; ')}`);
process.exitCode = complaints.length === 0 ? 0 : 1;
