/** The ways into the built package: require and import, of everything and of the system calls alone. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bridge from '../../lib/bridge';
import * as library from '../../lib/index';
import * as metrics from '../../lib/metrics';
import * as syscalls from '../../lib/syscalls';
import * as testing from '../../lib/testing/index';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');
const entryPoints: [name: string, names: string[]][] = [
  ['sysvmq', Object.keys(library).sort()],
  ['sysvmq/syscalls', Object.keys(syscalls).sort()],
  ['sysvmq/metrics', Object.keys(metrics).sort()],
  ['sysvmq/bridge', Object.keys(bridge).sort()],
  ['sysvmq/testing', Object.keys(testing).sort()],
];

/** What a Node.js of its own, in the package's folder, has for the variable `result` after this code. */
function resultOf(code: string, type: 'commonjs' | 'module'): unknown {
  const args = [`--input-type=${type}`, '-e', `${code}; console.log(JSON.stringify(result))`];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }));
}

itSlow.each(entryPoints)('require of %s has every name', (entryPoint, names) => {
  expect(resultOf(`const result = Object.keys(require('${entryPoint}')).sort()`, 'commonjs')).toEqual(names);
});

itSlow.each(entryPoints)('import of every name of %s is what require has', (entryPoint, names) => {
  const code = `
    import { createRequire } from 'node:module';
    import { ${names.join(', ')} } from '${entryPoint}';
    const required = createRequire(process.cwd() + '/')('${entryPoint}');
    const result = Object.entries({ ${names.join(', ')} }).filter(([name, value]) => value !== required[name])`;
  expect(resultOf(code, 'module')).toEqual([]);
});

itSlow('the entry points share one library, so that errors of one are known to the other', () => {
  const code = `
    const { MessageQueueError, QueueNotFoundError, msgget } = require('sysvmq');
    const calls = require('sysvmq/syscalls');
    const { collectQueueMetrics } = require('sysvmq/metrics');
    const thrown = (call) => { try { call(); } catch (error) { return error; } };
    const queues = { gone: { id: 1 } };
    const result = [
      calls.msgget === msgget,
      thrown(() => calls.msgget(0x51520001)) instanceof QueueNotFoundError,
      thrown(() => collectQueueMetrics({ queues })).message,
    ];
    queues.gone = require('sysvmq').MessageQueue.createPrivate({ autoRemove: true });
    collectQueueMetrics({ queues }).close();`;
  expect(resultOf(code, 'commonjs')).toEqual([true, true, expect.stringContaining('an instance of MessageQueue')]);
});

itSlow('an entry point that is loaded later knows the queues and errors of the first one', () => {
  const code = `
    const sysvmq = require('sysvmq');
    const queue = sysvmq.MessageQueue.createPrivate({ codec: sysvmq.codecs.php() });
    queue.trySend([1]);
    const stream = queue.readable();
    const [php] = queue.tryReceive().data;
    const client = new sysvmq.RequestClient(queue);
    client.close();
    queue.remove();
    const thrown = (call) => { try { call(); } catch (error) { return error; } };
    stream.on('error', (error) => {
      const result = [php, error instanceof sysvmq.QueueRemovedError];
      result.push(thrown(() => sysvmq.setLimits({ msgmni: -1 })).code);
      console.log(JSON.stringify(result));
    }).resume()`;
  expect(JSON.parse(execFileSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8' }))).toEqual([
    1,
    true,
    'ERR_OUT_OF_RANGE',
  ]);
});

itSlow('a program that has MessageQueue has loaded two files, and nothing large of Node.js', () => {
  const code = `
    const before = new Set(process.moduleLoadList);
    const { MessageQueue } = require('sysvmq');
    const files = Object.keys(require.cache).map((path) => require('node:path').relative('dist', path));
    const loaded = process.moduleLoadList.filter((name) => !before.has(name) && name.startsWith('NativeModule '));
    const large = loaded.filter((name) => /stream|worker|crypto|promises|net$|readline|v8/.test(name));
    const result = { files, large, hasIt: typeof MessageQueue }`;
  expect(resultOf(code, 'commonjs')).toEqual({ files: ['index.js', 'sysvmq.js'], large: [], hasIt: 'function' });
});

it('the functions that are loaded at their first call have the names and lengths of the functions themselves', () => {
  const code = `
    const later = require(require('node:path').resolve('dist/later.js'));
    const sysvmq = require('sysvmq');
    const shapes = (from) => Object.keys(sysvmq)
      .filter((name) => typeof later[name] === 'function')
      .map((name) => [name, from[name].name, from[name].length].join(' '));
    const result = [shapes(sysvmq), shapes(later)]`;
  const [shown, real] = resultOf(code, 'commonjs') as [string[], string[]];
  expect(shown).toEqual(real);
  expect(shown.length).toBeGreaterThan(5);
});

itSlow('a queue works from an ES module', () => {
  const code = `
    import { MessageQueue } from 'sysvmq';
    const queue = MessageQueue.createPrivate();
    queue.trySend('from a module', { type: 5 });
    const { data, type } = queue.receiveSync();
    queue.remove();
    const result = [data.toString(), type]`;
  expect(resultOf(code, 'module')).toEqual(['from a module', 5]);
});

it('nothing else of the package can be imported', () => {
  const code = `
    const result = ['sysvmq/dist/index.js', 'sysvmq/dist/native/load.js', 'sysvmq/lib/index'].map((path) => {
      try { return typeof require(path); } catch (error) { return error.code; }
    })`;
  expect(resultOf(code, 'commonjs')).toEqual(Array(3).fill('ERR_PACKAGE_PATH_NOT_EXPORTED'));
});

it('every file that package.json points to is there', () => {
  const { main, types, man, bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target as object),
  );
  for (const path of [main, types, ...man, bin.sysvmq, ...targets])
    expect(readFileSync(join(root, path)).length).toBeGreaterThan(0);
});
