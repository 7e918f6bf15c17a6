// Makes "program", one executable file, of main.cjs, Node.js and the package sysvmq:
//
//   npm install sysvmq postject && node build.mjs
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const modules = join(dirname(require.resolve('sysvmq/package.json')), '..');
const files = readdirSync(join(modules, 'sysvmq/dist'), { recursive: true })
  .filter((path) => path.endsWith('.js') && !path.startsWith('cli/'))
  .map((path) => `sysvmq/dist/${path}`)
  .concat('sysvmq/package.json', `sysvmq/prebuilds/${process.platform}-${process.arch}/sysvmq.node`);

const assets = Object.fromEntries(files.map((path) => [join('node_modules', path), join(modules, path)]));
writeFileSync('files.json', JSON.stringify(Object.keys(assets)));
const config = { main: 'main.cjs', output: 'program.blob', disableExperimentalSEAWarning: true };
writeFileSync('sea-config.json', JSON.stringify({ ...config, assets: { ...assets, files: 'files.json' } }));
execFileSync(process.execPath, ['--experimental-sea-config', 'sea-config.json'], { stdio: 'inherit' });
copyFileSync(process.execPath, 'program');
chmodSync('program', 0o755);
const postject = process.argv[2] ?? dirname(require.resolve('postject/package.json'));
const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
const inject = [join(postject, 'dist/cli.js'), 'program', 'NODE_SEA_BLOB', 'program.blob', ...fuse];
execFileSync(process.execPath, inject, { stdio: 'inherit' });
