// Where a program runs that uses the package: Node.js with permissions, traced and copied, as a single executable.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMONJS, ESM, expectProof, importTool, packageRoot, project, run, toolFolder } from '../project.mjs';

const node = process.execPath;

/** @vercel/nft names the files that a program takes, and a copy of those alone runs. Next.js does so. */
export async function tracing(tarball) {
  const { nodeFileTrace } = await importTool('@vercel/nft');
  const folder = project('nft', { 'main.mjs': ESM }, tarball);
  const { fileList } = await nodeFileTrace([join(folder, 'main.mjs')], { base: folder });
  const prebuilds = 'node_modules/sysvmq/prebuilds';
  const missing = readdirSync(join(folder, prebuilds)).filter(
    (platform) => !fileList.has(join(prebuilds, platform, 'sysvmq.node')),
  );
  if (missing.length > 0) throw new Error(`not traced: ${missing.join(', ')}`);
  const copy = join(folder, 'standalone');
  for (const path of fileList) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(folder, path), join(copy, path));
  }
  expectProof(run(copy, [node, 'main.mjs']));
}

// Node.js 20 has the flag under its first name only.
const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

/** With the rights that the README names it works; without the one for addons, the error names it. */
export function permissions(tarball) {
  const folder = project('permission', { 'main.cjs': COMMONJS }, tarball);
  const rights = [permission, '--no-warnings', `--allow-fs-read=${join(folder, '*')}`];
  expectProof(run(folder, [node, ...rights, '--allow-addons', 'main.cjs']));
  const failing = "try { require('sysvmq').getLimits(); } catch (error) { console.log(error.message); }";
  const told = run(folder, [node, ...rights, '-e', failing]);
  if (!told.includes('--allow-addons beside --permission')) throw new Error(`no advice in ${told}`);
}

/** With the rights that the README names Deno runs it; with fewer nothing else is thrown than the error that names them. */
export function denoPermissions(tarball) {
  const told =
    "try { MessageQueue.createPrivate(); } catch (error) { console.log(error.name + ': ' + error.message); }";
  const failing = `import { isSupported, MessageQueue } from 'sysvmq'; console.log(isSupported()); ${told}`;
  const folder = project('deno', { 'main.mjs': ESM, 'failing.mjs': failing }, tarball);
  const deno = [join(toolFolder('@deno/linux-x64-glibc'), 'deno'), 'run', '--no-prompt'];
  expectProof(run(folder, [...deno, '--allow-ffi', '--allow-read', 'main.mjs']));
  for (const rights of [[], ['--allow-read'], ['--allow-ffi']]) {
    const output = run(folder, [...deno, ...rights, 'failing.mjs']);
    if (!/^false\nNativeLoadError: .*give Deno the rights: deno run --allow-ffi --allow-read/s.test(output))
      throw new Error(`with ${rights.join(' ') || 'no right'}: ${output}`);
  }
}

/** examples/single-executable builds one file, which runs where nothing else is. */
export function singleExecutable(tarball) {
  const folder = project('single-executable', {}, tarball);
  cpSync(join(packageRoot, 'examples/single-executable'), folder, { recursive: true });
  run(folder, [node, 'build.mjs', toolFolder('postject')]);
  const elsewhere = project('single-executable-alone', {}, tarball);
  const alone = join(elsewhere, 'empty');
  mkdirSync(alone);
  cpSync(join(folder, 'program'), join(alone, 'program'));
  const output = execFileSync(join(alone, 'program'), { cwd: alone, encoding: 'utf8' });
  if (output !== 'received: hello from one file\n') throw new Error(`got ${JSON.stringify(output)}`);
}
