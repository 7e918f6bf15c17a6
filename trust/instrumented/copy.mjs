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
import { root } from '../../tools/harness/places.mjs';

const typescript = createRequire(import.meta.url)('typescript');

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

/** As npm run build:lib does it: a program of ES modules finds the names that tsc exports. */
function compiled(fileName, text) {
  const { compilerOptions } = typescript.readConfigFile(join(root, 'tsconfig.json'), typescript.sys.readFile).config;
  const options = { ...compilerOptions, module: typescript.ModuleKind.CommonJS, moduleResolution: undefined };
  return typescript.transpileModule(text, {
    fileName,
    compilerOptions: { ...options, target: typescript.ScriptTarget.ES2022 },
  }).outputText;
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
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of LINKED) symlinkSync(join(root, name), join(folder, name));
  for (const { path, text } of sources) {
    write(folder, path, text);
    write(folder, path.replace(/^lib/, 'dist').replace(/\.ts$/, '.js'), compiled(path, text));
  }
  chmodSync(join(folder, 'dist/cli/main.js'), 0o755);
}
