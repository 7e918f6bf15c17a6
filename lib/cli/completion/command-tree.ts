/** The command as data, for completion and the man page: read from commander, so that neither can become outdated. */

import type { Argument, Command, Option } from 'commander';

/** The kind of completion of a value. */
type ValueKind = 'file' | 'queue' | 'queue-id' | 'queue-key' | 'user' | 'group' | 'other';

export interface Value {
  kind: ValueKind;
  choices: readonly string[];
}

export interface OptionNode {
  long: string;
  short: string | undefined;
  flags: string;
  description: string;
  /** The option's value; undefined for a switch. */
  value: (Value & { optional: boolean }) | undefined;
}

export interface CommandNode {
  /** The verbs, without the program: ['limits', 'set']. */
  path: readonly string[];
  summary: string;
  usage: string;
  options: readonly OptionNode[];
  arguments: readonly Value[];
  children: readonly CommandNode[];
  command: Command;
}

export function treeOf(command: Command, path: readonly string[] = []): CommandNode {
  const help = command.createHelp();
  return {
    path,
    summary: command.summary(),
    usage: command.usage(),
    options: help.visibleOptions(command).map(optionNode),
    arguments: command.registeredArguments.map(argumentValue),
    children: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map((child) => treeOf(child, [...path, child.name()])),
    command,
  };
}

/** The node and all below it. */
export function allNodes(node: CommandNode): CommandNode[] {
  return [node, ...node.children.flatMap(allNodes)];
}

function optionNode(option: Option): OptionNode {
  const long = option.long as string;
  const takesValue = option.required || option.optional;
  return {
    long,
    short: option.short,
    flags: option.flags,
    description: option.description,
    value: takesValue
      ? { kind: kindOf(long, option.flags), choices: option.argChoices ?? [], optional: option.optional }
      : undefined,
  };
}

function argumentValue(argument: Argument): Value {
  return { kind: kindOf(argument.name(), argument.name()), choices: argument.argChoices ?? [] };
}

// Decides by the name that the help shows.
function kindOf(name: string, words: string): ValueKind {
  if (name === '--id') return 'queue-id';
  if (name === '--key' || name === 'key') return 'queue-key';
  if (name === 'queue') return 'queue';
  if (/\bfile\b/.test(words)) return 'file';
  if (/<user>/.test(words)) return 'user';
  return /<group>/.test(words) ? 'group' : 'other';
}
