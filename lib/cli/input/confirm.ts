/** Asks the person at the terminal. */

import { createInterface } from 'node:readline/promises';

/** Whether there is a terminal to ask on. */
export function somebodyIsThere(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** The answer, yes or no. The default is no, also when the terminal is closed. */
export async function isWanted(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C ends the command as it does without a question; readline would only close itself.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
