// What is checked of containers: each throws, or says what was found.
import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { podmanOf } from './podman.mjs';

const root = podmanOf('root');
const worker = podmanOf('worker');
const LIMITS = [
  '--sysctl',
  'kernel.msgmax=65536',
  '--sysctl',
  'kernel.msgmnb=1048576',
  '--sysctl',
  'kernel.msgmni=4096',
];
const RAISED = { msgmax: 65536, msgmnb: 1048576, msgmni: 4096 };
const DEFAULTS = { msgmax: 8192, msgmnb: 16384, msgmni: 32000 };
const KEY = '0x5eed';

const program = (name, ...args) => ['node', `/app/programs/${name}.cjs`, ...args];

/** The last line of what a container printed, as JSON. */
function printed({ status, stdout, stderr }) {
  assert.equal(status, 0, `status ${status}: ${stderr}${stdout}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const look = async (who, options, ...args) =>
  printed(await who.runContainer(['--rm', ...options], program('look', ...args)));

async function startBroker(who, options, key = KEY) {
  await who.podman('rm', '--force', '--time=0', 'broker');
  const started = await who.runContainer(['--detach', '--name=broker', ...options], program('answer', key));
  assert.equal(started.status, 0, `the broker did not start: ${started.stderr}`);
  await brokerIsReady(who);
}

async function brokerIsReady(who) {
  for (let tries = 0; tries < 60; tries++) {
    const { stdout, stderr } = await who.podman('logs', 'broker');
    if (stdout.includes('ready')) return;
    assert.ok(!stderr.includes('Error'), stderr);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  throw new Error('the broker was not ready in two minutes');
}

async function exchange(who, options, joined = ['--ipc=container:broker']) {
  try {
    await startBroker(who, ['--ipc=shareable', ...LIMITS, ...options]);
    const seen = printed(await who.runContainer(['--rm', ...joined, ...options], program('ask', KEY)));
    assert.equal(seen.answered, seen.asked);
    assert.deepEqual(seen.limits, RAISED);
    assert.equal(seen.sharesMemory, true, 'they do not share /dev/shm');
    return `${seen.answered} of ${seen.asked} messages were answered, up to ${seen.limits.msgmax} bytes; uid ${seen.uid}; /dev/shm is shared`;
  } finally {
    await who.podman('rm', '--force', '--time=0', 'broker');
  }
}

async function install() {
  const npm = ['npm', 'install', '--userconfig=/package/npmrc', '--cache=/tmp/npm-cache', '/package/sysvmq.tgz'];
  const script = `cp -r /package/npm-cache /tmp/npm-cache && cd /app && ${npm.join(' ')} && ls node_modules`;
  const { status, stdout, stderr } = await worker.runContainer(['--rm'], ['sh', '-c', script]);
  assert.equal(status, 0, `${stdout}${stderr}`);
  const loads = await worker.runContainer(['--rm'], program('look'));
  assert.equal(printed(loads).roundTrip.value, 'there and back');
  return 'npm install of the packed package, by an ordinary user in a container, without a compiler or a network';
}

async function ownNamespace() {
  try {
    await startBroker(root, ['--ipc=shareable', ...LIMITS]);
    const { limits, queues, open } = await look(root, ['--ipc=private'], KEY);
    assert.deepEqual(limits, DEFAULTS);
    assert.equal(queues.value, 0);
    assert.equal(open.name, 'QueueNotFoundError');
    return `another container has the kernel's limits and no queue: ${open.name}`;
  } finally {
    await root.podman('rm', '--force', '--time=0', 'broker');
  }
}

async function defaultContainer() {
  const seen = await look(root, []);
  assert.equal(seen.seccomp, '2', 'no seccomp filter');
  assert.equal(seen.supported, true);
  assert.equal(seen.roundTrip.value, 'there and back');
  assert.deepEqual(seen.limits, DEFAULTS);
  assert.equal(seen.setLimits.name, 'QueueAccessError');
  assert.equal(seen.setLimits.code, 'EROFS');
  assert.equal(seen.maxBytes.name, 'QueueBytesLimitError');
  assert.equal((BigInt(`0x${seen.capabilities}`) >> 24n) & 1n, 0n, 'it has CAP_SYS_RESOURCE');
  assert.equal((BigInt(`0x${seen.capabilities}`) >> 15n) & 1n, 0n, 'it has CAP_IPC_OWNER');
  assert.equal((BigInt(`0x${seen.capabilities}`) >> 21n) & 1n, 0n, 'it has CAP_SYS_ADMIN');
  return `seccomp's filter is on and all calls work; capabilities ${seen.capabilities}; setLimits: ${seen.setLimits.code}; maxBytes above MSGMNB: ${seen.maxBytes.name}`;
}

async function hostSysctl() {
  const { status, stderr } = await root.runContainer(['--rm', '--ipc=host', ...LIMITS], ['true']);
  assert.notEqual(status, 0, 'it was accepted');
  return stderr.trim().split('\n').at(-1);
}

async function readOnly() {
  const seen = await look(root, ['--read-only']);
  assert.equal(seen.writesRoot.code, 'EROFS');
  assert.equal(seen.roundTrip.value, 'there and back');
  return 'a round trip where the root is read-only';
}

async function ordinaryUser() {
  const seen = await look(root, ['--user', '1234:1234', '--read-only', '--cap-drop=all']);
  assert.equal(seen.uid, 1234);
  assert.equal(seen.roundTrip.value, 'there and back');
  return 'a round trip as uid 1234 without any capability';
}

async function otherUsers() {
  try {
    await startBroker(root, ['--ipc=shareable', '--user', '1234:1234']);
    const asRoot = await look(root, ['--ipc=container:broker'], KEY);
    assert.equal(asRoot.open.name, 'QueueAccessError');
    const asOwner = await look(root, ['--ipc=container:broker', '--user', '1234:1234'], KEY);
    assert.equal(asOwner.open.value, 0);
    return `root of a container does not open another user's queue of mode 0600: ${asRoot.open.code}; the same uid does`;
  } finally {
    await root.podman('rm', '--force', '--time=0', 'broker');
  }
}

function profile(errno) {
  const names = ['msgget', 'msgsnd', 'msgrcv', 'msgctl'];
  const refused = { names, action: 'SCMP_ACT_ERRNO', ...errno };
  const file = `/tmp/profile-${errno.errnoRet}.json`;
  writeFileSync(file, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refused] }));
  return `--security-opt=seccomp=${file}`;
}

async function refusingProfiles() {
  const eperm = await look(root, [profile({ errnoRet: 1 })]);
  assert.equal(eperm.roundTrip.name, 'QueueAccessError');
  assert.match(eperm.roundTrip.message, /seccomp|profile/);
  const enosys = await look(root, [profile({ errnoRet: 38 })]);
  assert.equal(enosys.roundTrip.name, 'UnsupportedError');
  assert.equal(enosys.supported, false);
  return 'EPERM is a QueueAccessError that names the profile, ENOSYS an UnsupportedError';
}

async function namespaceByFile() {
  try {
    await startBroker(root, ['--ipc=shareable', ...LIMITS]);
    const { stdout } = await root.podman('inspect', '--format', '{{.State.Pid}}', 'broker');
    const joined = [`--ipc=ns:/proc/${stdout.trim()}/ns/ipc`];
    const seen = printed(await root.runContainer(['--rm', ...joined], program('ask', KEY)));
    assert.equal(seen.answered, seen.asked);
    return `${seen.answered} of ${seen.asked} messages were answered; /dev/shm is ${seen.sharesMemory ? '' : 'not '}shared`;
  } finally {
    await root.podman('rm', '--force', '--time=0', 'broker');
  }
}

async function restarted() {
  try {
    await startBroker(root, ['--ipc=shareable', ...LIMITS]);
    const before = await root.podman('inspect', '--format', '{{.State.Pid}}', 'broker');
    await root.podman('restart', '--time=0', 'broker');
    const { queues, limits } = await look(root, ['--ipc=container:broker']);
    const after = await root.podman('inspect', '--format', '{{.State.Pid}}', 'broker');
    assert.notEqual(before.stdout, after.stdout);
    assert.ok(queues.value <= 1);
    assert.deepEqual(limits, RAISED);
    return 'a container that starts again has a new namespace, with the same limits';
  } finally {
    await root.podman('rm', '--force', '--time=0', 'broker');
  }
}

async function pod() {
  try {
    // In the cgroup that Podman 4.3 makes for a pod without systemd, crun may make no device.
    const options = ['--network=none', '--share-parent=false', ...LIMITS];
    const created = await root.podman('pod', 'create', '--name=pod', ...options);
    assert.equal(created.status, 0, created.stderr);
    const started = await root.runContainer(['--detach', '--pod=pod', '--name=broker'], program('answer', KEY));
    assert.equal(started.status, 0, started.stderr);
    await brokerIsReady(root);
    const seen = printed(await root.runContainer(['--rm', '--pod=pod'], program('ask', KEY)));
    assert.equal(seen.answered, seen.asked);
    assert.deepEqual(seen.limits, RAISED);
    return `${seen.answered} of ${seen.asked} messages between containers of a pod were answered`;
  } finally {
    await root.podman('pod', 'rm', '--force', '--time=0', 'pod');
  }
}

export const checks = [
  { name: 'installed as a user does', check: install, short: true },
  { name: 'two containers that share an IPC namespace', check: () => exchange(root, []), short: true },
  { name: 'the same, rootless', check: () => exchange(worker, []) },
  {
    name: 'the same, with a read-only root, as an ordinary user',
    check: () => exchange(root, ['--read-only', '--user', '1000:1000']),
  },
  { name: 'an IPC namespace of its own', check: ownNamespace },
  { name: 'a container with its defaults', check: defaultContainer },
  { name: "limits by --sysctl in the host's namespace are refused", check: hostSysctl },
  { name: 'a read-only root', check: readOnly },
  { name: 'an ordinary user without capabilities', check: ordinaryUser },
  { name: "other users' queues", check: otherUsers },
  { name: 'seccomp profiles that refuse', check: refusingProfiles },
  { name: 'a namespace by its file', check: namespaceByFile },
  { name: 'a container that starts again', check: restarted },
  { name: 'a pod', check: pod },
];
