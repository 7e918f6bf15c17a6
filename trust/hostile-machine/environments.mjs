// The limits, each as a command in front of the program, and what may come out otherwise under it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';

const NOBODY = 65534;
let folder;

function compiled(path, ...options) {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'sysvmq-machine-'));
    execFileSync('chmod', ['755', folder]);
    process.once('exit', () => rmSync(folder, { recursive: true }));
  }
  const output = join(folder, path.replaceAll('/', '-'));
  execFileSync('cc', ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror', ...options, '-o', output, join(root, path)]);
  return output;
}

const preload = (path, ...options) => ['env', `LD_PRELOAD=${compiled(path, '-shared', '-fPIC', ...options)}`];
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
const shell = (script) => ['sh', '-c', `${script} && exec "$@"`, 'sh'];
const mounted = (script) => ['unshare', '--mount', ...shell(script)];
const namespace = (...options) => ['unshare', ...options, '--fork', '--kill-child'];

/** name, a function that gives the command, and: `args` of the program, `may` of ways: a pattern of what else may come of it. */
export const environments = [
  { name: 'as it is', prefix: () => [] },
  {
    name: 'EMFILE: no file descriptor is left',
    prefix: () => ['prlimit', '--nofile=64'],
    args: ['--no-files'],
    // An airlock is a file, and /proc has the processes.
    may: {
      open: /^EMFILE$/,
      'the first call': /^NativeLoadError ERR_NATIVE_LOAD$/,
      'the first call, with one descriptor': /^false$/,
      consume: / EMFILE$/,
      'stale queues': / EMFILE$/,
    },
  },
  {
    name: 'RLIMIT_NPROC: no thread can be had',
    prefix: () => asNobody,
    args: ['--no-threads'],
    needsRoot: true,
  },
  {
    name: 'RLIMIT_SIGPENDING 0: no queued signal, no timer',
    prefix: () => ['prlimit', '--sigpending=0'],
  },
  {
    name: 'RLIMIT_MEMLOCK 0: nothing may be locked',
    prefix: () => [...asNobody, 'prlimit', '--memlock=0'],
    needsRoot: true,
  },
  {
    name: 'a library with 1 MB of static thread-local storage',
    prefix: () => preload('test/peers/static-tls.c', '-DBYTES=1000000'),
  },
  {
    name: 'seccomp kills each call beyond @system-service',
    prefix: () => [compiled('trust/hostile-machine/allow-calls.c')],
  },
  {
    name: '/dev/shm full',
    prefix: () =>
      mounted(
        'mount -t tmpfs -o size=64k tmpfs /dev/shm && ! dd if=/dev/zero of=/dev/shm/full bs=64k count=2 2>/dev/null',
      ),
    may: { consume: /ENOSPC$/ },
    needsRoot: true,
  },
  {
    name: 'no /dev/shm',
    prefix: () => mounted('mount -t proc proc /dev/shm'),
    may: { consume: / (ENOTSUP|ENOENT|EACCES|EPERM)$/ },
    needsRoot: true,
  },
  {
    name: 'the wall clock is stepped by a day, to and fro',
    prefix: () => preload('trust/hostile-machine/step-clock.c'),
  },
  { name: 'a PID namespace', prefix: () => namespace('--pid', '--mount-proc'), needsRoot: true },
  { name: 'a PID namespace beside the /proc of another', prefix: () => namespace('--pid'), needsRoot: true },
  {
    name: 'a time namespace in which the machine has run for 30 years',
    prefix: () => namespace('--time', '--monotonic', '946080000', '--boottime', '946080000'),
    needsRoot: true,
  },
  {
    name: 'hidepid=2, as another user',
    prefix: () => [...mounted('mount -o remount,hidepid=2 /proc'), ...asNobody],
    needsRoot: true,
  },
  {
    name: 'no /proc',
    prefix: () => mounted('mount -t tmpfs tmpfs /proc'),
    // What tells IPC namespaces and processes apart is there.
    may: { consume: /^UnsupportedError / },
    needsRoot: true,
  },
];
