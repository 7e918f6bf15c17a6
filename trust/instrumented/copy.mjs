// A copy of the project whose lib/ was rewritten to count what runs. Its dist/ is made of the same sources, so that the
// processes that tests start count, too.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../part.mjs';

const { transformSync } = createRequire(import.meta.url)('@swc/core');

const LINKED = ['node_modules', 'build'];
const LEFT_OUT = /^(\.git|lib|dist|coverage|prebuilds|node_modules|build.*)$/;

/** The sources of lib/, [{ path: 'lib/…', text }]. */
export function librarySources() {
  return readdirSync(join(root, 'lib'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({ path: join('lib', name), text: readFileSync(join(root, 'lib', name), 'utf8') }));
}

function write(folder, path, text) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function compiled(path, text) {
  const parser = { syntax: 'typescript' };
  const options = { filename: path, jsc: { target: 'es2022', parser }, module: { type: 'commonjs' } };
  return transformSync(text, options).code;
}

/** Makes the copy anew in `folder`, with these sources in place of lib/. */
export function makeCopy(folder, sources) {
  if (!existsSync(join(root, 'build/Release/sysvmq.node'))) throw new Error('there is no build: npm run build');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const isCopied = (path) => !path.endsWith('/node_modules');
  for (const name of readdirSync(root).filter((entry) => !LEFT_OUT.test(entry))) {
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: isCopied });
  }
  for (const name of LINKED) symlinkSync(join(root, name), join(folder, name));
  for (const { path, text } of sources) {
    write(folder, path, text);
    write(folder, path.replace(/^lib/, 'dist').replace(/\.ts$/, '.js'), compiled(path, text));
  }
  chmodSync(join(folder, 'dist/cli/main.js'), 0o755);
}
