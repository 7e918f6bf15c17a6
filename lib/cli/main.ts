#!/usr/bin/env node
/** The command `sysvmq`. */

import type { Command } from 'commander';
import { endingOf } from './errors';
import { print, printError } from './output/print';
import { makeProgram } from './program';

async function run(args: string[]): Promise<void> {
  let help = '';
  const program = makeProgram(args[0], (text) => {
    help += text;
  });
  try {
    await program
      .parseAsync(args, { from: 'user' })
      // commander also throws after it has printed help or the version.
      .finally(() => (help === '' ? undefined : print(help)));
  } catch (error) {
    const { status, words, signal } = endingOf(error, calledCommand(program, args));
    process.exitCode = status;
    if (words !== '') printError(words);
    await errorsAreOut();
    if (signal !== undefined) dieOf(signal);
  }
  await errorsAreOut();
  // Exits here, because the event loop may never become empty: stdin may be open, with no process to close it.
  process.exit();
}

function errorsAreOut(): Promise<unknown> {
  return new Promise((resolve) => process.stderr.write('', resolve));
}

/** The called command, such as "sysvmq limits set"; "sysvmq" when that is unclear. */
function calledCommand(program: Command, args: string[]): string {
  const words = [program.name()];
  let command: Command | undefined = program;
  for (const arg of args) {
    command = command.commands.find((child) => child.name() === arg);
    if (command === undefined) break;
    words.push(arg);
  }
  return words.join(' ');
}

// A shell stops its loop when a program in it dies of Ctrl-C, and continues when it catches the signal and ends with a
// status.
function dieOf(signal: NodeJS.Signals): void {
  // Node.js ignores SIGPIPE; removing a signal's last listener restores its default action.
  const ignore = (): void => undefined;
  process.on(signal, ignore);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

// No process is left to read a message about it.
process.stderr.on('error', () => undefined);
void run(process.argv.slice(2));
