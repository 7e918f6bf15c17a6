/** Assembles the verbs. Completion and the man page use the result, too. */

import { Command } from 'commander';
import { terminalWidth } from './output/text-width';
import { wrap } from './output/wrap';
import { verbs } from './verb-table';

const DESCRIPTION = 'Shows, fills, empties and maintains System V message queues and their limits.';

const EXIT_STATUS = 'Exit status: 0 done, 1 failed, 2 usage error. After Ctrl-C it dies of the signal.';
const QUEUE_NAMES =
  'Name a queue by its id (3), its key (0xCAFE), --id N, --key 0x… or --path FILE --project C (ftok).';

/** The whole command, or with `verb` only the part that the verb needs. `writeHelp` receives help and version. */
export function makeProgram(verb?: string, writeHelp: (text: string) => void = () => undefined): Command {
  const program = new Command('sysvmq')
    .description(DESCRIPTION)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\n${wrap(EXIT_STATUS)}${wrap(QUEUE_NAMES)}`.trimEnd())
    .exitOverride()
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    // In `limits set --json` the option belongs to set, although limits has one, too.
    .enablePositionalOptions();
  program.configureHelp({ helpWidth: helpWidth(), minWidthToWrap: 20 });
  // main.ts prints all errors, including commander's.
  program.configureOutput({ outputError: () => undefined, writeOut: writeHelp });
  const names = verb !== undefined && isAlone(verb) ? [verb] : Object.keys(verbs);
  for (const name of names) program.addCommand(likeItsParent((verbs[name] as () => Command)(), program));
  return program;
}

/** Whether a verb needs no other verbs. Completion needs all of them. */
function isAlone(verb: string): boolean {
  return verb !== 'completion' && Object.hasOwn(verbs, verb);
}

// commander passes these settings only to commands that it creates itself.
function likeItsParent(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent).helpOption('-h, --help', 'print this help');
  for (const child of command.commands) likeItsParent(child, command);
  return command;
}

function helpWidth(): number {
  return Math.min(terminalWidth() ?? 100, 100);
}

function packageVersion(): string {
  return (require('../../package.json') as { version: string }).version;
}
