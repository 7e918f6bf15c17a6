// IPC namespaces of their own for tests, which change limits and remove queues, for the benchmark and for trust/. The
// machine's queues and limits are never touched.
import { execFileSync, spawnSync } from 'node:child_process';

// As root a namespace is made as it is; anyone else becomes root of a user namespace first.
const options = process.getuid() === 0 ? ['--ipc'] : ['--user', '--map-root-user', '--ipc'];

/** What to put in front of a command, so that it runs in a new namespace. */
export const inOwnNamespace = ['unshare', ...options];

/** What the tests ask for, so that nobody runs them elsewhere by mistake. */
export const ownNamespaceEnvironment = { SYSVMQ_TEST_NAMESPACE: 'own' };

/** Ends this program, with advice, where the kernel makes no namespace. */
export function requireNamespaces() {
  try {
    execFileSync('unshare', [...options, 'true'], { stdio: 'pipe' });
  } catch (error) {
    console.error(`This needs an IPC namespace of its own, and "${inOwnNamespace.join(' ')}" fails:
  ${String(error.stderr ?? error.message).trim()}
Run them as root, or in a container with --privileged, or set kernel.unprivileged_userns_clone=1.`);
    process.exit(1);
  }
}

/**
 * Runs this program again, with the same arguments and `moreArgs`, in a new namespace, and ends with its status. The
 * environment tells the program that it is inside.
 */
export function restartInOwnNamespace(environment, moreArgs = [], onSignal = () => undefined) {
  requireNamespaces();
  const [program, ...args] = [...inOwnNamespace, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, ...environment };
  const { status, signal } = spawnSync(program, [...args, ...moreArgs], { stdio: 'inherit', env });
  if (signal !== null) onSignal(signal);
  process.exit(status ?? 1);
}
