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

const SHELL_MS = 60_000;

const nodes = allNodes(treeOf(makeProgram()));

/** What a shell offers for the last word of each line. */
type Complete = (...lines: string[]) => string[][];

const eachLine =
  (complete: (line: string) => string[]): Complete =>
  (...lines) =>
    lines.map(complete);

const shells: Record<'bash' | 'zsh' | 'fish', (script: string) => Complete> = {
  bash: (script) =>
    eachLine((line) => {
      // As readline cuts them: "=" is a word.
      const words = line.split(/ |(=)/).filter((word) => word !== undefined);
      const code = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sysvmq; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return filled(run('bash', ['-c', code, script, ...words]));
    }),
  // Completion in zsh happens in its line editor only, so one runs on a terminal of its own. compadd records the
  // words that zsh would show or insert. Its start takes longer than all the lines.
  zsh:
    (script) =>
    (...lines) => {
      const offers: string[][] = [[]];
      for (const word of run('zsh', ['-f', join(__dirname, '../support/zsh-complete.zsh'), script, ...lines])) {
        if (word === '') offers.push([]);
        else offers.at(-1)?.push(word);
      }
      return offers.slice(0, lines.length);
    },
  fish: (script) =>
    eachLine((line) =>
      filled(run('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line])).map(
        (offer) => offer.split('\t')[0] as string,
      ),
    ),
};

function run(command: string, args: string[]): string[] {
  // The shells keep histories and caches.
  const env = { ...process.env, HOME: temporaryFolder() };
  return execFileSync(command, args, { encoding: 'utf8', timeout: SHELL_MS, env }).split('\n');
}

const filled = (words: string[]): string[] => words.filter((word) => word !== '');

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
    expect(filled(run(shell, ['-n', script]))).toEqual([]);
  });

  itNeeds(needs, `${shell} completes the verbs of every level`, () => {
    const parents = nodes.filter(({ children }) => children.length > 0);
    const offers = completer()(...parents.map(({ path }) => ['sysvmq', ...path, ''].join(' ')));
    expect(offers).toHaveLength(parents.length);
    for (const [index, { children }] of parents.entries())
      expect(offers[index]).toEqual(expect.arrayContaining(children.map((child) => child.path.at(-1))));
  });

  itNeeds(needs, `${shell} completes the options of every verb`, () => {
    const offers = completer()(...nodes.map(({ path }) => ['sysvmq', ...path, '--'].join(' ')));
    expect(offers).toHaveLength(nodes.length);
    for (const [index, { path, options }] of nodes.entries()) {
      const words = offers[index]?.map((offer) => offer.replace(/=$/, '')).filter((offer) => offer.startsWith('--'));
      expect([path, words?.sort()]).toEqual([path, options.map(({ long }) => long).sort()]);
    }
  });

  itNeeds(needs, `${shell} completes what is begun`, () => {
    const [verb, lower, option, choice, file] = completer()(
      'sysvmq dra',
      'sysvmq limits se',
      'sysvmq list --rev',
      'sysvmq completion f',
      'sysvmq drain --id 3 /etc/hostnam',
    );
    expect(verb).toEqual(['drain']);
    expect(lower).toEqual(['set']);
    expect(option).toEqual(['--reverse']);
    expect(choice).toEqual(['fish']);
    expect(file?.map((offer) => offer.replace(/^.*\//, ''))).toEqual(['hostname']);
  });

  itNeeds(needs, `${shell} completes values: choices, queues, users`, () => {
    const queue = newQueue();
    const negative = MessageQueue.create(0xdeadbeef);
    removeAfterTest(negative.id);
    const [choice, ids, negativeKey, key, user, joined] = completer()(
      'sysvmq list --sort fi',
      'sysvmq stat --id ',
      'sysvmq stat --key 0xd',
      'sysvmq stat --key 0x5',
      'sysvmq list --owner nobod',
      'sysvmq list --sort=fi',
    );
    expect(choice).toEqual(['fill']);
    expect(ids?.sort()).toEqual([`${queue.id}`, `${negative.id}`].sort());
    expect(negativeKey).toEqual(['0xdeadbeef']);
    expect(key).toEqual([`0x${queue.key.toString(16)}`]);
    expect(user).toEqual(['nobody']);
    expect(joined?.map((offer) => offer.replace(/^--sort=/, ''))).toEqual(['fill']);
  });
});

it('sysvmq completion of another shell is wrong usage', () => {
  expect(runCommand(['completion', 'tcsh'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
  });
});
