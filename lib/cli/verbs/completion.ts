/** sysvmq completion */

import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash';
import { type CommandNode, treeOf } from '../completion/command-tree';
import { fishCompletion } from '../completion/fish';
import { zshCompletion } from '../completion/zsh';
import { print } from '../output/print';
import { verb } from '../verb';

const shells: Record<string, (root: CommandNode) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function completionCommand(): Command {
  return verb('completion', {
    summary: 'print the completion for a shell',
    details: 'Prints a script that completes verbs, options, queues, users and files in a shell.',
    examples: [
      ['completion bash > /etc/bash_completion.d/sysvmq', 'for every user of bash'],
      ['completion zsh > ~/.zfunc/_sysvmq', 'with ~/.zfunc in $fpath'],
      ['completion fish > ~/.config/fish/completions/sysvmq.fish', 'for fish'],
    ],
  })
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(shells)))
    .action((shell: string, _options: object, command: Command) => {
      return print((shells[shell] as (root: CommandNode) => string)(treeOf(command.parent as Command)));
    });
}
