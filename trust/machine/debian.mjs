// Debian's programs, kernels and file systems for virtual machines.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder } from './places.mjs';

const onPath = (name) => spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;

/** Throws with the command that installs what is missing; `programs` are { program: Debian package }. */
export function requirePrograms(programs) {
  if (process.getuid() !== 0) throw new Error('this part makes file systems with device files: run it as root');
  const missing = Object.entries(programs).filter(([program]) => !onPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  const names = missing.map(([program]) => program).join(', ');
  throw new Error(`there is no ${names}: apt-get install --no-install-recommends ${packages}`);
}

function capture(program, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}

/** What apt takes for another architecture than this machine's: lists of its own, which are fetched once. */
function aptOptions(architecture) {
  if (architecture === undefined) return [];
  const folder = buildFolder('apt', architecture);
  const settings = {
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': 'root',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  if (existsSync(join(folder, 'lists'))) return options;
  for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true });
  try {
    capture('apt-get', [...options, '-qq', 'update']);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return options;
}

/** The package with the image itself, which a package such as linux-image-cloud-amd64 depends on. */
function imagePackage(name, architecture) {
  const words = capture('apt-cache', [...aptOptions(architecture), 'show', '--no-all-versions', name]);
  return /^Depends:.*?\b(linux-image-\d[^\s,]*)/m.exec(words)?.[1] ?? name;
}

const versionOf = (image) => image.replace('linux-image-', '');

function download(name, architecture) {
  const folder = buildFolder('packages');
  const cached = () => readdirSync(folder).find((file) => file.startsWith(`${name}_`));
  if (cached() === undefined)
    capture('apt-get', [...aptOptions(architecture), 'download', '-q', name], { cwd: folder });
  return join(folder, cached());
}

/** The folder with what is in a Debian package; `architecture` is Debian's name for one that this machine has not. */
export function unpackPackage(name, architecture) {
  const folder = join(buildFolder('kernels'), name);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.part`;
  rmSync(temporary, { recursive: true, force: true });
  capture('dpkg-deb', ['--extract', download(name, architecture), temporary]);
  renameSync(temporary, folder);
  return folder;
}

/** A kernel of a package such as linux-image-6.12-rt-amd64: { release, image, modules }. */
export function kernelOf(name, architecture) {
  let image;
  try {
    image = imagePackage(name, architecture);
    const folder = unpackPackage(image, architecture);
    const release = versionOf(image);
    return {
      release,
      image: join(folder, 'boot', `vmlinuz-${release}`),
      modules: join(folder, 'lib/modules', release),
    };
  } catch (error) {
    throw new Error(
      `the kernel ${name} can not be had (${error.message}): apt-get update && apt-get download ${image ?? name}`,
    );
  }
}

/** A tar archive of Debian with these packages, made once. */
export function debianRoot(name, packages, { suite = 'bookworm' } = {}) {
  // Another list makes another one.
  const list = createHash('sha256').update(packages.join()).digest('hex').slice(0, 8);
  const file = join(buildFolder('roots'), `${name}-${list}.tar`);
  if (existsSync(file)) return file;
  const temporary = `${file}.part.tar`;
  const without = '--dpkgopt=path-exclude=/usr/share/{doc,man,locale,info}/*';
  try {
    const include = `--include=${packages.join(',')}`;
    execFileSync('mmdebstrap', ['--quiet', '--variant=minbase', include, without, suite, temporary], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Error(`mmdebstrap made no ${suite} with ${packages.join(', ')}: ${String(error.stderr).trim()}`);
  }
  renameSync(temporary, file);
  return file;
}

/** The same, unpacked to a folder of its own. */
export function unpackRoot(file, folder) {
  rmSync(folder, { recursive: true, force: true });
  execFileSync('mkdir', ['-p', folder]);
  execFileSync('tar', ['-x', '-p', '--numeric-owner', '-f', file, '-C', folder]);
}
