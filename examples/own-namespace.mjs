// Starts a program again in an IPC namespace of its own, where it may fill queues and lower limits without disturbing
// anyone. Not something that your programs need: their queues should be where others find them.
import { spawnSync } from 'node:child_process';

/** Runs the program again inside a fresh namespace and ends with its status; returns inside, and where none can be had. */
export function enterOwnNamespace() {
  if (process.env.SYSVMQ_EXAMPLE_NAMESPACE !== undefined) return process.env.SYSVMQ_EXAMPLE_NAMESPACE === 'own';
  // As root a namespace is made as it is; anyone else becomes root of a user namespace first.
  const unshare = process.getuid() === 0 ? ['--ipc'] : ['--user', '--map-root-user', '--ipc'];
  const possible = spawnSync('unshare', [...unshare, 'true']).status === 0;
  const [command, ...args] = [...(possible ? ['unshare', ...unshare] : []), process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, SYSVMQ_EXAMPLE_NAMESPACE: possible ? 'own' : 'shared' },
  });
  process.exit(status ?? 1);
}
