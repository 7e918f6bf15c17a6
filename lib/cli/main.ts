#!/usr/bin/env node
/** The command `sysvmq`. */

import { endingOf } from './failures';
import { makeProgram } from './program';
import { verbs } from './verb-table';

async function run(args: string[]): Promise<void> {
  const program = makeProgram(args[0]);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    const { status, words, signal } = endingOf(error, calledCommand(args));
    process.exitCode = status;
    if (words !== '') await new Promise((resolve) => process.stderr.write(`${words}\n`, resolve));
    if (signal !== undefined) dieOf(signal);
  }
  // Not left to the event loop: stdin may still be open, with nobody who would close it.
  process.exit();
}

/** "sysvmq list" when that was called; "sysvmq" when it is not clear what was. */
function calledCommand(args: string[]): string {
  const verb = args[0];
  return verb !== undefined && Object.hasOwn(verbs, verb) ? `sysvmq ${verb}` : 'sysvmq';
}

// A shell stops its loop when a program in it died of Ctrl-C, and not when it has caught it and ended with a status.
function dieOf(signal: NodeJS.Signals): void {
  // Node ignores SIGPIPE; with its last listener a signal gets its default action back.
  const ignore = (): void => undefined;
  process.on(signal, ignore);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

void run(process.argv.slice(2));
