// types/uses.ts compiles under each way of resolving modules, with the oldest TypeScript that the README names and newer ones, and nothing of it is skipped.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { here, link, packageRoot, project, run, toolFolder } from '../project.mjs';

const COMPILERS = {
  6: join(packageRoot, 'node_modules/typescript'),
  5: toolFolder('typescript-5'),
  5.3: toolFolder('typescript-oldest'),
};
const STRICT = {
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  types: ['node'],
};
// Two of them with the browser's types, which know AbortSignal and ReadableStream, too; two without.
const MODULES = {
  node16: { module: 'node16' },
  nodenext: { module: 'nodenext', lib: ['es2023'] },
  bundler: { module: 'preserve', moduleResolution: 'bundler', lib: ['es2023'] },
  commonjs: { module: 'commonjs' },
};

// `preserve` came with TypeScript 5.4.
const OLDEST_MODULES = { bundler: { ...MODULES.bundler, module: 'esnext' } };

// A file that is CommonJS, and the same as an ES module where that makes a difference.
function compile(version, name, options) {
  return (tarball) => {
    const uses = readFileSync(join(here, 'types/uses.ts'), 'utf8');
    const files = {
      'tsconfig.json': JSON.stringify({ compilerOptions: { ...STRICT, ...options }, include: ['uses.*'] }),
      'uses.ts': uses,
      ...(name.startsWith('node') ? { 'uses.mts': uses } : {}),
    };
    const folder = project(`ts${version}-${name}`, files, tarball);
    link(folder, '@types/node', join(packageRoot, 'node_modules/@types/node'));
    // Users of sysvmq/metrics have prom-client, whose types it names.
    for (const name of ['prom-client', '@opentelemetry/api', 'tdigest', 'bintrees']) {
      link(folder, name, join(packageRoot, 'node_modules', name));
    }
    link(folder, 'undici-types', join(packageRoot, 'node_modules/undici-types'));
    run(folder, [process.execPath, join(COMPILERS[version], 'bin/tsc'), '-p', folder]);
  };
}

/** By name: a check for each compiler and way of resolving modules. */
export const typeChecks = Object.fromEntries(
  Object.keys(COMPILERS).flatMap((version) =>
    Object.entries({ ...MODULES, ...(version === '5.3' ? OLDEST_MODULES : {}) }).map(([name, options]) => [
      `TypeScript ${version}, ${name}`,
      compile(version, name, options),
    ]),
  ),
);
