/** Puts the verbs together. Completion and the man page are made from what this returns, too. */

import { Command } from 'commander';
import { terminalWidth } from './output/text-width';
import { wrap } from './output/wrap';
import { verbs } from './verb-table';

const DESCRIPTION = 'Shows, fills, empties and looks after System V message queues and their limits.';

const EXIT_STATUS = 'Exit status: 0 done, 1 failed, 2 wrong usage. Ctrl-C ends it as a signal does.';
const QUEUE_NAMES =
  'Name a queue by its id (3), its key (0xCAFE), --id N, --key 0x… or --path FILE --project C (ftok).';

/** The whole command, or with `verb` as much of it as that verb takes. `writeHelp` gets help and version. */
export function makeProgram(verb?: string, writeHelp: (text: string) => void = () => undefined): Command {
  const program = new Command('sysvmq')
    .description(DESCRIPTION)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\n${wrap(EXIT_STATUS)}${wrap(QUEUE_NAMES)}`.trimEnd())
    .exitOverride()
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    // Of `limits set --json` the option is for set, which has it as well as limits.
    .enablePositionalOptions();
  program.configureHelp({ helpWidth: helpWidth(), minWidthToWrap: 20 });
  // main.ts prints errors, those of commander like all others.
  program.configureOutput({ outputError: () => undefined, writeOut: writeHelp });
  const names = verb !== undefined && isAlone(verb) ? [verb] : Object.keys(verbs);
  for (const name of names) program.addCommand(likeItsParent((verbs[name] as () => Command)(), program));
  return program;
}

/** Whether a verb does without the others. Completion is about all of them. */
function isAlone(verb: string): boolean {
  return verb !== 'completion' && Object.hasOwn(verbs, verb);
}

// Commander hands these down to commands that it makes itself only.
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
