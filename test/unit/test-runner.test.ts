/** What test/run.mjs makes of changes, test files and skipped tests, and of a Jest that does not end. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const root = join(__dirname, '..', '..');

/** What an expression of a module's names gives; Jest can't load the runner's modules. */
function evaluate(module: string, expression: string): unknown {
  const script = `import fs from 'node:fs'; import * as it from './${module}'; console.log(JSON.stringify(${expression}));`;
  const args = ['--input-type=module', '-e', script];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }));
}

const testsOf = (...paths: string[]) =>
  evaluate('test/runner/changed.mjs', `it.testsOfChanges(${JSON.stringify(paths)})`);

describe('npm test -- --changed', () => {
  itSlow.each([
    ['a test file', 'test/unit/ftok.test.ts', ['test/unit/ftok.test.ts']],
    ['a verb of the command', 'lib/cli/verbs/list.ts', ['test/cli/', 'test/docs/', 'test/hostile/']],
    ['what tests import', 'test/support/terminal.ts', ['test/cli/receive.test.ts']],
    ['a page', 'docs/guide.md', ['test/docs/']],
  ])('runs, for a change of %s, the tests of it', (_what, path, tests) => {
    expect(testsOf(path)).toEqual(expect.arrayContaining(tests));
  });

  itSlow.each(['native/core/waiter.cc', 'lib/core/errors.ts', 'package.json', 'test/support/each-test.ts'])(
    'runs every test for a change of %s',
    (path) => {
      expect(testsOf(path)).toContain('');
    },
  );

  itSlow('runs no test for a change of a file that no test reads', () => {
    expect(testsOf('.editorconfig')).toEqual([]);
  });

  itSlow('knows the folders of lib/ and of test/', () => {
    const rows = evaluate('test/runner/changed.mjs', 'it.TESTS_OF') as [string, string[]][];
    const missing = rows.flatMap(([, tests]) => tests).filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
    const folders = rows.map(([path]) => path).filter((path) => path.startsWith('lib/'));
    expect(folders.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('a build before the tests', () => {
  it('happens again when a source or what was built has changed, and not otherwise', () => {
    const folder = temporaryFolder();
    const inFolder = (name: string) => JSON.stringify(join(folder, name));
    writeFileSync(join(folder, 'source'), 'one');
    const steps = `(() => {
      const part = { inputs: [${inFolder('source')}], outputs: [${JSON.stringify(folder)}, ${inFolder('built')}] };
      const builds = [];
      const run = (name) => it.ifChanged(part, () => {
        builds.push(name);
        fs.writeFileSync(${inFolder('built')}, name);
      });
      run('first');
      run('nothing has changed');
      fs.writeFileSync(${inFolder('source')}, 'two');
      run('a source has changed');
      run('nothing has changed');
      fs.appendFileSync(${inFolder('built')}, '!');
      run('what was built has changed');
      fs.rmSync(${inFolder('built')});
      run('what was built is gone');
      run('nothing has changed');
      return builds;
    })()`;
    expect(evaluate('tools/harness/build.mjs', steps)).toEqual([
      'first',
      'a source has changed',
      'what was built has changed',
      'what was built is gone',
    ]);
  });
});

describe('the shards of npm test', () => {
  itSlow('are about as long as each other, and have every file once', () => {
    const files = readdirSync(__dirname);
    const chunks = evaluate(
      'test/runner/chunks.mjs',
      `it.divide(${JSON.stringify(files)}, 3, (file) => file.length)`,
    ) as { files: string[]; seconds: number }[];
    expect(chunks.flatMap((chunk) => chunk.files).sort()).toEqual(files.sort());
    const lengths = chunks.map(({ seconds }) => seconds);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(
      Math.max(...files.map(({ length }) => length)),
    );
  });
});

describe('a Jest that does not end after its last test', () => {
  itSlow('fails, and the message names what keeps it alive', () => {
    const held = `require('node:net').createServer().listen(0, '127.0.0.1'); it('passes', () => {});`;
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(join(folder, 'held.test.js'), held);
    const reporter = join(root, 'test', 'runner', 'reporter.cjs');
    const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const { status, stderr } = spawnSync(
      process.execPath,
      [jest, '--rootDir', '.', '--runInBand', `--reporters=${reporter}`],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, SYSVMQ_RESULT: join(folder, 'result.json'), SYSVMQ_END_MS: '100' },
      },
    );
    expect(stderr).toMatch(/FAIL Jest did not end 0\.1 s after its last test: .*TCPServerWrap/);
    expect(status).toBe(1);
  });
});

describe('a Jest that is stuck after its tests', () => {
  const stacks = (main: string, other = '#0 epoll_pwait ()') =>
    `\nThread 2 (LWP 8 "node"):\n${other}\n\nThread 1 (LWP 7 "node"):\n${main}\n`;
  const shutdown =
    '#3 0x01 in node::WorkerThreadsTaskRunner::Shutdown() ()\n#4 0x02 in node::NodePlatform::Shutdown() ()';

  itSlow.each([
    ['its platform is being shut down', stacks(shutdown), true],
    ['another thread is in the platform', stacks('#0 pthread_join ()', shutdown), false],
    ['a thread is in the addon', stacks(shutdown, '#1 0x03 in ?? () from build/Release/sysvmq.node'), false],
    ['there is no gdb', '  node: system call 202', false],
  ])('is the fault of Node.js, or not: %s', (_what, text, expected) => {
    expect(evaluate('test/runner/stuck.mjs', `it.isNodesDeadlock(${JSON.stringify(text)})`)).toBe(expected);
  });
});

describe('the last lines of npm test', () => {
  const linesOf = (...reasons: string[]) =>
    evaluate('test/runner/summary.mjs', `it.skippedLines(${JSON.stringify(reasons.map((reason) => ({ reason })))})`);

  it('count what was skipped by its reason, and name one command that installs what is missing, in one line', () => {
    const noPhp = 'there is no php (Debian package php-cli)';
    expect(linesOf(noPhp, 'it takes root', noPhp, 'there is no zsh (Debian package zsh)')).toEqual([
      'skipped: 2 because there is no php (Debian package php-cli); 1 because it takes root; ' +
        '1 because there is no zsh (Debian package zsh). To run what lacks a program: apt-get install php-cli zsh',
    ]);
  });

  it('are not there when nothing was skipped', () => {
    expect(linesOf()).toEqual([]);
  });
});
