/** A verb's own words, for its help and the man page. */

import { Command } from 'commander';

interface VerbText {
  /** One line, for the list of verbs. */
  summary: string;
  /** The summary as a sentence, and further details. Default: the summary. */
  details?: string;
  /** Command lines, without "sysvmq", and their effect. */
  examples?: readonly (readonly [line: string, does: string])[];
}

const texts = new WeakMap<Command, VerbText>();

/** A new command with its help text. */
export function verb(name: string, text: VerbText): Command {
  const command = new Command(name).summary(text.summary).description(text.details ?? text.summary);
  texts.set(command, text);
  const { examples = [] } = text;
  if (examples.length > 0) {
    command.addHelpText(
      'after',
      () => `\nExamples:\n${examples.map(([line, does]) => `  # ${does}\n  sysvmq ${line}\n`).join('')}`,
    );
  }
  return command;
}

/** The examples of a command, for the man page. */
export function examplesOf(command: Command): readonly (readonly [line: string, does: string])[] {
  return texts.get(command)?.examples ?? [];
}
