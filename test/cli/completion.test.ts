/** sysvmq completion, in the shells themselves. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allNodes, treeOf } from '../../lib/cli/completion/command-tree';
import { makeProgram } from '../../lib/cli/program';
import { MessageQueue } from '../../lib/index';
import { outputOf, runCommand } from '../support/command';
import { itNeeds, program } from '../support/needs';
import { newQueue, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const nodes = allNodes(treeOf(makeProgram()));

type Complete = (line: string) => string[];

/** What the shell offers for the last word of a line. */
const shells: Record<'bash' | 'zsh' | 'fish', (script: string) => Complete> = {
  bash: (script) => (line) => {
    // As readline cuts them: "=" is a word.
    const words = line.split(/ |(=)/).filter((word) => word !== undefined);
    const code = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sysvmq; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['-c', code, script, ...words]);
  },
  // Completion in zsh happens in its line editor only, so one runs on a terminal of its own. compadd records the
  // words that zsh would show or insert.
  zsh: (script) => (line) => run('zsh', ['-f', join(__dirname, '../support/zsh-complete.zsh'), script, line]),
  fish: (script) => (line) =>
    run('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line]).map(
      (offer) => offer.split('\t')[0] as string,
    ),
};

function run(command: string, args: string[]): string[] {
  // The shells keep histories and caches.
  const env = { ...process.env, HOME: temporaryFolder() };
  const output = execFileSync(command, args, { encoding: 'utf8', timeout: 30_000, env });
  return output.split('\n').filter((line) => line !== '');
}

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  const needs = slow(program(shell));

  function completer(): Complete {
    const script = join(temporaryFolder(), `sysvmq.${shell}`);
    writeFileSync(script, outputOf(['completion', shell]));
    return shells[shell](script);
  }

  itNeeds(needs, `${shell} takes the script`, () => {
    const script = join(temporaryFolder(), 'script');
    writeFileSync(script, outputOf(['completion', shell]));
    expect(run(shell, ['-n', script])).toEqual([]);
  });

  itNeeds(needs, `${shell} completes the verbs of every level`, () => {
    const complete = completer();
    for (const { path, children } of nodes) {
      if (children.length === 0) continue;
      const offers = complete(['sysvmq', ...path, ''].join(' '));
      expect(offers).toEqual(expect.arrayContaining(children.map((child) => child.path.at(-1))));
    }
  });

  itNeeds(needs, `${shell} completes the options of every verb`, () => {
    const complete = completer();
    for (const { path, options } of nodes) {
      const offers = complete(['sysvmq', ...path, '--'].join(' ')).map((offer) => offer.replace(/=$/, ''));
      expect([path, offers.filter((offer) => offer.startsWith('--')).sort()]).toEqual([
        path,
        options.map(({ long }) => long).sort(),
      ]);
    }
  });

  itNeeds(needs, `${shell} completes what is begun`, () => {
    const complete = completer();
    expect(complete('sysvmq dra')).toEqual(['drain']);
    expect(complete('sysvmq limits se')).toEqual(['set']);
    expect(complete('sysvmq list --rev')).toEqual(['--reverse']);
    expect(complete('sysvmq completion f')).toEqual(['fish']);
    expect(complete('sysvmq drain --id 3 /etc/hostnam').map((offer) => offer.replace(/^.*\//, ''))).toEqual([
      'hostname',
    ]);
  });

  itNeeds(needs, `${shell} completes values: choices, queues, users`, () => {
    const complete = completer();
    const queue = newQueue();
    const negative = MessageQueue.create(0xdeadbeef);
    removeAfterTest(negative.id);
    expect(complete('sysvmq list --sort fi')).toEqual(['fill']);
    expect(complete('sysvmq stat --id ').sort()).toEqual([`${queue.id}`, `${negative.id}`].sort());
    expect(complete('sysvmq stat --key 0xd')).toEqual(['0xdeadbeef']);
    expect(complete('sysvmq stat --key 0x5')).toEqual([`0x${queue.key.toString(16)}`]);
    expect(complete('sysvmq list --owner nobod')).toEqual(['nobody']);
    expect(complete('sysvmq list --sort=fi').map((offer) => offer.replace(/^--sort=/, ''))).toEqual(['fill']);
  });
});

it('sysvmq completion of another shell is wrong usage', () => {
  expect(runCommand(['completion', 'tcsh'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
  });
});
