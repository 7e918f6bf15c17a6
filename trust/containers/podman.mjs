// Podman, as root or as the machine's ordinary user.
import { spawn } from 'node:child_process';
import { WORKER, WORKER_HOME } from './guest-user.mjs';

// Emulated processors are slow, and slower where the machine below is busy: a container alone takes ten seconds at best.
const LIMIT_MS = 900_000;

const asWorker = [
  ...['setpriv', '--reuid', String(WORKER), '--regid', String(WORKER), '--init-groups'],
  ...['env', `HOME=${WORKER_HOME}`, `XDG_RUNTIME_DIR=/run/user/${WORKER}`, 'USER=worker'],
];
const GLOBAL = ['--cgroup-manager=cgroupfs', '--events-backend=file'];

/** Runs a program: { status, stdout, stderr }. It is killed when it takes too long. */
export function run(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (chunk) => {
      output[name] += chunk;
    });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: -1, ...output, stderr: error.message }));
    child.once('close', (status, signal) => {
      clearTimeout(limit);
      resolve({ status: signal ?? status, ...output });
    });
  });
}

/** A user's podman. A rootless one has no cgroup of its own where no systemd gives it one. */
export function podmanOf(who) {
  const prefix = who === 'root' ? [] : asWorker;
  const cgroups = who === 'root' ? [] : ['--cgroups=disabled'];
  const [program, ...rest] = [...prefix, 'podman', ...GLOBAL];
  const podman = (...args) => run(program, [...rest, ...args]);
  const volumes = [
    ...['--volume', `${WORKER_HOME}/app:/app`],
    ...['--volume', '/package:/package:ro'],
    ...['--volume', '/sysvmq/trust/containers/programs:/app/programs:ro'],
  ];
  /** `podman run` of a command in Debian's root: options of it first, then the command. */
  const rootfs = who === 'root' ? '/container:O' : `${WORKER_HOME}/container`;
  const runContainer = (options, command) => {
    const all = ['--network=none', '--workdir=/app', ...cgroups, ...volumes, ...options];
    return podman('run', ...all, '--rootfs', rootfs, ...command);
  };
  return { podman, runContainer };
}
