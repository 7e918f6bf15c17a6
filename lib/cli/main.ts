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
      // After help and the version commander throws as well.
      .finally(() => (help === '' ? undefined : print(help)));
  } catch (error) {
    const { status, words, signal } = endingOf(error, calledCommand(program, args));
    process.exitCode = status;
    if (words !== '') printError(words);
    await errorsAreOut();
    if (signal !== undefined) dieOf(signal);
  }
  await errorsAreOut();
  // Not left to the event loop: stdin may still be open, with nobody who would close it.
  process.exit();
}

function errorsAreOut(): Promise<unknown> {
  return new Promise((resolve) => process.stderr.write('', resolve));
}

/** "sysvmq limits set" when that was called; "sysvmq" when it is not clear what was. */
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

// A shell stops its loop when a program in it died of Ctrl-C, and not when it has caught it and ended with a status.
function dieOf(signal: NodeJS.Signals): void {
  // Node ignores SIGPIPE; with its last listener a signal gets its default action back.
  const ignore = (): void => undefined;
  process.on(signal, ignore);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

// Nobody reads what would be said of it.
process.stderr.on('error', () => undefined);
void run(process.argv.slice(2));
