/** `receive --acknowledge COMMAND`: runs a program for each message; its success removes the message for good. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { exactType, type Message } from '../core/message';
import type { ConsumeHandler } from '../queue/consumers';

/** The program has failed, and the message is retried. */
class ProgramFailed extends Error {}

/**
 * Runs the command in a shell, with the message's bytes on its standard input, its type in SYSVMQ_TYPE and the attempt in
 * SYSVMQ_ATTEMPT. Rejects unless it ends with status 0.
 */
export function programHandler(command: string): ConsumeHandler<Buffer> {
  return async (message, { attempt, signal }) => {
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, SYSVMQ_TYPE: String(exactType(message)), SYSVMQ_ATTEMPT: String(attempt) },
    });
    // A program need not read its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(message.data);
    const stop = (): unknown => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    try {
      const [status, endedBy] = await once(child, 'exit');
      if (status !== 0) throw new ProgramFailed(describe(message, status, endedBy));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

function describe(message: Message<Buffer>, status: number | null, endedBy: string | null): string {
  const end = endedBy === null ? `ended with status ${status}` : `was ended by ${endedBy}`;
  return `The program ${end} for the message of type ${exactType(message)} (${message.data.length} bytes).`;
}
