/** For tests of programs that use queues: the entry point sysvmq/testing. */

import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { invalidType } from '../core/argument-errors';
import { checkString } from '../core/validators';

export { type MemoryQueues, type MemoryQueuesOptions, useMemoryQueues } from './memory-queues';

/** `unshare` of util-linux. An unprivileged user also needs a user namespace, in which it is root. */
function unshareOptions(): string[] {
  return process.getuid?.() === 0 ? ['--ipc'] : ['--user', '--map-root-user', '--ipc'];
}

/**
 * Runs a program in an IPC namespace of its own: it sees no outside queue, has its own limits, and its queues disappear
 * when it ends.
 *
 * `unshare(CLONE_NEWIPC)`, through the command unshare of util-linux. A user other than root also gets a user
 * namespace, and is root in it. The program shares this process's standard input, output and error, and receives its
 * SIGTERM and SIGHUP.
 *
 * @param command - The program and its arguments, for example a test runner.
 * @returns The program's exit status, or 128 plus the number of the signal that ended it, as in a shell.
 * @throws {Error} `ERR_NAMESPACE_UNAVAILABLE`: unshare is missing, or namespaces are not allowed here.
 *
 * @example
 * const { withNamespace } = await import('sysvmq/testing');
 * const code = 'process.exitCode = require("sysvmq").listQueues().length';
 * const status = await withNamespace([process.execPath, '-e', code]);
 * assert.equal(status, 0); // No queue of this namespace is there.
 */
export async function withNamespace(command: readonly string[]): Promise<number> {
  if (!Array.isArray(command) || command.length === 0) {
    const hint = typeof command === 'string' ? "Write withNamespace(['node', '--test'])." : undefined;
    throw invalidType('command', 'an array of a program and its arguments', command, hint);
  }
  const words = command.map((word, index) => checkString(word, `command[${index}]`));
  const options = unshareOptions();
  requireNamespaces(options);
  const child = spawn('unshare', [...options, '--', ...words], { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, passOn);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => {
        resolve(signal === null ? (status as number) : 128 + constants.signals[signal]);
      });
    });
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}

function requireNamespaces(options: string[]): void {
  const { error, status, stderr } = spawnSync('unshare', [...options, '--', 'true'], { encoding: 'utf8' });
  if (error === undefined && status === 0) return;
  const why = error === undefined ? stderr.trim() : 'there is no command unshare (util-linux)';
  const words = `No IPC namespace can be made here: ${why}. In a container it takes CAP_SYS_ADMIN or user namespaces.`;
  throw Object.assign(new Error(words, { cause: error }), { code: 'ERR_NAMESPACE_UNAVAILABLE' });
}
