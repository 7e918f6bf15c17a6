// IPC namespaces for tests, which change limits and remove queues, and for the benchmark: those of the machine are never
// touched.
import { execFileSync } from 'node:child_process';

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
