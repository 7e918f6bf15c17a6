// The permitted contents and sizes of the package, and the licenses of its dependencies.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROCESSORS } from '../prebuild/processors.cjs';

/** Every file of the package matches one of these; each of these matches a file. */
const ALLOWED = [
  /^package\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^dist\/.*\.js$/,
  /^dist\/(index|syscalls|metrics|bridge\/index|testing\/index)\.d\.ts$/,
  ...Object.keys(PROCESSORS).map((arch) => new RegExp(`^prebuilds/linux-${arch}/sysvmq\\.node$`)),
  /^man\/sysvmq\.1$/,
  /^docs\/[a-z-]+\.md$/,
  /^docs\/benchmarks\/[a-z0-9-]+\.svg$/,
  /^examples\/([a-z-]+\/)?[a-z-]+\.(mjs|cjs|mts|c|go|php|pl|py|rb|sh|json|yml|service)$/,
  /^CMakeLists\.txt$/,
  /^native\/(core|binding)\/[a-z_]+\.(cc|h)$/,
  /^native\/(binding\.gyp|sources\.txt|exports\.map|node-addon-api\.js)$/,
  /^native\/node-addon-api\/(napi(-inl(\.deprecated)?)?\.h|LICENSE\.md)$/,
];

/** Files of dist/ into which scripts/bundle.mjs puts many modules. */
const BUNDLES = [
  'sysvmq',
  'later',
  'requests',
  'processes',
  'redis-engine',
  'cli/command',
  'cli/messages',
  'cli/queues',
];

/** Bytes. Raise one when there is a reason, and say it in the commit. */
const BUDGETS = { tarball: 768 * 1024, unpacked: 2800 * 1024, addon: 160 * 1024 };

const LICENSES = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD'];

/** The files of a tarball: path below package/, and bytes. */
export function filesOf(tarball) {
  const listing = execFileSync('tar', ['--list', '--verbose', '--gzip', '--file', tarball], { encoding: 'utf8' });
  return listing
    .trim()
    .split('\n')
    .map((line) => {
      const [, bytes, path] = /^\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+package\/(.*)$/.exec(line);
      return { path, bytes: Number(bytes) };
    });
}

/** Complaints about the list of files: what is not allowed, what is missing, and what was built from nothing. */
export function complainAboutFiles(files, root) {
  const paths = files.map(({ path }) => path);
  const strangers = paths.filter((path) => !ALLOWED.some((pattern) => pattern.test(path)));
  const unmatched = ALLOWED.filter((pattern) => !paths.some((path) => pattern.test(path)));
  const stale = paths.filter((path) => {
    const source = /^dist\/(.*?)(\.d)?\.(js|ts)$/.exec(path)?.[1];
    return source !== undefined && !BUNDLES.includes(source) && !existsSync(join(root, 'lib', `${source}.ts`));
  });
  const unbundled = BUNDLES.map((name) => `dist/${name}.js`).filter((path) => !paths.includes(path));
  const due = Object.keys(PROCESSORS).length;
  const architectures = paths.filter((path) => path.endsWith('.node')).length;
  const { main, types, exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const targets = [main, types, Object.values(exports), typeof bin === 'string' ? bin : Object.values(bin ?? {})]
    .flat()
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));
  const absent = targets.map((target) => target.replace(/^\.\//, '')).filter((target) => !paths.includes(target));
  return [
    ...strangers.map((path) => `${path} is not on the list of what may be in the package`),
    ...unmatched.map((pattern) => `no file matches ${pattern}`),
    ...stale.map((path) => `${path} has no source in lib/`),
    ...unbundled.map((path) => `${path} is not there`),
    ...absent.map((path) => `package.json points to ${path}, which is not there`),
    ...(architectures === due ? [] : [`${architectures} binaries, and ${due} are due`]),
  ];
}

/** Sizes beside their budgets. */
export function measure(files, tarballBytes) {
  const addon = Math.max(0, ...files.filter(({ path }) => path.endsWith('.node')).map(({ bytes }) => bytes));
  const unpacked = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return Object.entries({ tarball: tarballBytes, unpacked, addon }).map(([what, bytes]) => ({
    what,
    bytes,
    budget: BUDGETS[what],
  }));
}

/** The license of each package that is installed with this one, by the lock file. */
export function productionLicenses(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, peer }]) => path !== '' && !dev && !peer)
    .map(([path]) => {
      const {
        name,
        version,
        license: declared,
        licenses,
      } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
      const license = declared ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'none';
      return { name: `${name}@${version}`, license, allowed: LICENSES.includes(license) };
    });
}
