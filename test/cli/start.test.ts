/** What a verb loads: the modules of its own and what they need. */

import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';
import { commandPath, outputOf } from '../support/command';
import { itNeeds, program } from '../support/needs';
import { itSlow, slow } from '../support/slow';

const dist = commandPath.replace(/cli\/main\.js$/, '');

/** The modules of dist/ that are loaded when this has run. */
function loadedBy(args: string[]): string[] {
  const code = `
    process.argv.push(...${JSON.stringify([commandPath, ...args])});
    process.on('exit', () => process.stderr.write(JSON.stringify(Object.keys(require.cache))));
    require(${JSON.stringify(commandPath)});`;
  const output = execFileSync('sh', ['-c', '"$0" -e "$1" 2>&1 >/dev/null', process.execPath, code], {
    encoding: 'utf8',
  });
  return (JSON.parse(output) as string[]).filter((path) => path.startsWith(dist)).map((path) => relative(dist, path));
}

const everyVerbNeeds = ['cli/command.js', 'cli/main.js', 'sysvmq.js'];

itSlow.each([
  ['list', ['cli/queues.js', 'cli/verbs/list.js', 'processes.js']],
  ['stat --help', ['cli/queues.js', 'cli/verbs/stat.js', 'processes.js']],
  ['create --help', ['cli/verbs/create.js']],
  ['receive --help', ['cli/messages.js', 'cli/verbs/receive.js', 'later.js', 'processes.js']],
])('%s loads what it needs, and no other verb', (line, needs) => {
  expect(loadedBy(line.split(' ')).sort()).toEqual([...everyVerbNeeds, ...needs].sort());
});

it('help of all loads the verbs, but not what few of them use', () => {
  const loaded = loadedBy(['--help']);
  expect(loaded).toContain('cli/verbs/receive.js');
  expect(loaded.filter((path) => /^(codecs\/php|waiting\/streams|index)\.js$/.test(path))).toEqual([]);
});

itSlow('the command runs as a file of its own, as npm links it', () => {
  expect(execFileSync(commandPath, ['--version'], { encoding: 'utf8' })).toBe(outputOf(['--version']));
});

itNeeds(slow(program('npx', 'npm')), 'npx runs it', () => {
  const output = execFileSync('npx', ['--no-install', 'sysvmq', '--version'], {
    cwd: dist,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(output).toBe(outputOf(['--version']));
});
