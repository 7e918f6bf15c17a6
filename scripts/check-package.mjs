#!/usr/bin/env node
// The gates that a package passes before it is published. All of them run, though one has failed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flag, readArguments } from '../tools/harness/arguments.mjs';
import { complainAboutFiles, filesOf, measure, productionLicenses } from './package/contents.mjs';
import { packageTarball } from './package/tarball.mjs';

/** One with small and one with large pages, and of either byte order. */
const ANEW_WHEN_QUICK = 's390x,arm64';

const HELP = `Usage: npm run check:package -- [--quick]

Packs the package twice, the second time with every binary built anew (with --quick those of ${ANEW_WHEN_QUICK.replace(',', ' and ')}), and checks: that both are the same byte for byte;
the list of files; sizes against their budgets; the licenses of what is installed with it; npm audit of the same; publint;
Are the types wrong.
The package stays in build-matrix/, for npm run test:matrix and npm run test:consumers with --tarball.`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tools = join(root, 'test/consumers/node_modules');
const { quick } = readArguments(HELP, { quick: flag });

/** Complaints of a command: none when it ends well. */
function complaintsOf(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? [] : [`${error?.message ?? ''}${stdout}${stderr}`.trim()];
}

function checkReproducible(tarball) {
  const hash = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-again-'));
  try {
    const [one, other] = [hash(tarball), hash(packageTarball(folder, { anew: quick ? ANEW_WHEN_QUICK : 'all' }))];
    console.log(`   sha256 ${one}`);
    return one === other ? [] : [`packed again it is ${other}`];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function checkSizes(tarball) {
  return measure(filesOf(tarball), statSync(tarball).size).flatMap(({ what, bytes, budget }) => {
    console.log(`   ${what}: ${bytes} of ${budget} bytes`);
    return bytes <= budget ? [] : [`${what} has ${bytes} bytes, and ${budget} are allowed`];
  });
}

function checkLicenses() {
  return productionLicenses(root).flatMap(({ name, license, allowed }) => {
    console.log(`   ${name}: ${license}`);
    return allowed ? [] : [`${name} has the license ${license}`];
  });
}

// A registry may have no audit: that is said, and is no complaint. A vulnerability is one.
function checkAudit() {
  const args = ['audit', '--omit=dev', '--json', '--loglevel=silent'];
  const { stdout } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: 60_000 });
  let answer = {};
  try {
    answer = JSON.parse(stdout);
  } catch {
    // The line below says so.
  }
  const counts = answer.metadata?.vulnerabilities;
  if (counts === undefined) {
    console.log(`   left out: this registry does not answer (${answer.message ?? answer.error?.summary ?? 'nothing'})`);
    return [];
  }
  console.log(`   ${counts.total} known vulnerabilities in ${answer.metadata.dependencies.prod} packages`);
  return counts.total === 0 ? [] : [`npm audit knows of ${counts.total} vulnerabilities`];
}

const checks = {
  'reproducible: the same bytes, packed twice': checkReproducible,
  'the list of files': (tarball) => complainAboutFiles(filesOf(tarball), root),
  sizes: checkSizes,
  'licenses of production dependencies': checkLicenses,
  'npm audit of production dependencies': checkAudit,
  publint: (tarball) => complaintsOf(process.execPath, [join(tools, 'publint/src/cli.js'), tarball, '--strict']),
  'Are the types wrong': (tarball) =>
    complaintsOf(process.execPath, [join(tools, '@arethetypeswrong/cli/dist/index.js'), tarball, '--no-color']),
};

const workspace = join(root, 'build-matrix');
mkdirSync(workspace, { recursive: true });
// An older version's package would be taken for this one's.
for (const name of readdirSync(workspace)) if (name.endsWith('.tgz')) rmSync(join(workspace, name));
execFileSync(process.execPath, [join(root, 'test/consumers/tools.mjs')], { stdio: ['ignore', 'inherit', 'inherit'] });
const tarball = packageTarball(workspace);
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  console.log(`== ${name}`);
  const complaints = check(tarball);
  for (const complaint of complaints) console.log(`   FAILED: ${complaint}`);
  failed += complaints.length > 0 ? 1 : 0;
}
console.log(failed === 0 ? `No findings: ${tarball}` : `${failed} checks failed`);
process.exit(failed === 0 ? 0 : 1);
