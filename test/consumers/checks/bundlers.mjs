// esbuild, rollup and webpack: marked external the bundle works; bundled in, the first call says to mark it external.
import { join } from 'node:path';
import { COMMONJS, ESM, expectProof, importTool, project, run } from '../project.mjs';

// The result for a user who bundles the package anyway: it loads, and then says what is wrong.
const CAUGHT = (load) => `${load}
try { MessageQueue.createPrivate(); } catch ({ code, message }) { console.log(code, message); }`;
const CAUGHT_COMMONJS = CAUGHT("const { MessageQueue } = require('sysvmq');");
const CAUGHT_ESM = CAUGHT("import { MessageQueue } from 'sysvmq';");

function expectAdvice(output) {
  if (!/^ERR_NATIVE_LOAD /.test(output) || !/mark sysvmq as external in the bundler/i.test(output)) {
    throw new Error(`expected advice to mark the package external, got ${JSON.stringify(output)}`);
  }
}

function runBundle(folder, bundle) {
  return run(folder, [process.execPath, bundle]);
}

export async function esbuild(tarball) {
  const { build } = await importTool('esbuild');
  const folder = project('esbuild', { 'main.mjs': ESM, 'caught.mjs': CAUGHT_ESM }, tarball);
  const options = { absWorkingDir: folder, bundle: true, platform: 'node', logLevel: 'silent' };
  for (const [format, outfile] of [
    ['cjs', 'out/bundle.cjs'],
    ['esm', 'out/bundle.mjs'],
  ]) {
    await build({ ...options, entryPoints: ['main.mjs'], external: ['sysvmq'], format, outfile });
    expectProof(runBundle(folder, outfile));
  }
  await build({ ...options, entryPoints: ['caught.mjs'], format: 'cjs', minify: true, outfile: 'deep/er/caught.cjs' });
  expectAdvice(runBundle(folder, 'deep/er/caught.cjs'));
}

export async function rollup(tarball) {
  const [{ rollup }, commonjs, json, nodeResolve] = await Promise.all(
    ['rollup', '@rollup/plugin-commonjs', '@rollup/plugin-json', '@rollup/plugin-node-resolve'].map(importTool),
  );
  const folder = project('rollup', { 'main.mjs': ESM, 'caught.mjs': CAUGHT_ESM }, tarball);
  const bundle = async (input, file, external) => {
    const plugins = [nodeResolve.nodeResolve({ preferBuiltins: true }), commonjs.default(), json.default()];
    const built = await rollup({ input: join(folder, input), external, plugins, onwarn: () => undefined });
    await built.write({ file: join(folder, file), format: 'es' });
    await built.close();
  };
  await bundle('main.mjs', 'out/bundle.mjs', [/^node:/, /^sysvmq(\/|$)/]);
  expectProof(runBundle(folder, 'out/bundle.mjs'));
  await bundle('caught.mjs', 'out/caught.mjs', [/^node:/]);
  expectAdvice(runBundle(folder, 'out/caught.mjs'));
}

export async function webpack(tarball) {
  const webpack = (await importTool('webpack')).default;
  const folder = project('webpack', { 'main.js': COMMONJS, 'caught.js': CAUGHT_COMMONJS }, tarball);
  const bundle = (entry, filename, externals) =>
    new Promise((resolve, reject) => {
      const output = { path: join(folder, 'out'), filename };
      webpack({ context: folder, mode: 'production', target: 'node', entry, output, externals }, (error, stats) => {
        if (error || stats.hasErrors()) reject(error ?? new Error(stats.toString()));
        else resolve();
      });
    });
  await bundle('./main.js', 'bundle.js', { sysvmq: 'commonjs sysvmq' });
  expectProof(runBundle(folder, 'out/bundle.js'));
  await bundle('./caught.js', 'caught.js', {});
  expectAdvice(runBundle(folder, 'out/caught.js'));
}
