/** Checks of the kernel: whether it has message queues, whether this process may use them, and in which namespace. */

import os from 'node:os';
import { isMessageQueueError } from '../../core/errors';
import { statusWord } from '../../kernel/credentials';
import { readLink, readText } from '../../kernel/read-file';
import { MessageQueue } from '../../queue/message-queue';
import { formatError } from '../output/error-message';
import type { Finding } from './finding';

/** gVisor shows this in place of a kernel's build, always the same (its pkg/sentry/kernel/version.go). */
const GVISOR_BUILD = '#1 SMP Sun Jan 10 15:06:54 PST 2016';
/** The inode of the IPC namespace that the kernel starts with (include/linux/proc_ns.h, PROC_IPC_INIT_INO). */
const INITIAL_IPC_NAMESPACE = 'ipc:[4026531839]';

const ways = {
  wsl1: 'WSL 1 has no System V message queues: use WSL 2 (wsl --set-version DISTRIBUTION 2).',
  gvisor:
    "gVisor has queues of its own: limits are fixed, /proc/sysvipc and MSG_STAT_ANY are not there, and a receive with upTo passes over that very type. Lists of queues and the kernel's limits are not to be relied on.",
  android: "Android's kernels are built without System V IPC.",
};

/** The system, if it is one with known trouble. */
export function checkSystem(): Finding {
  const [release, build] = [os.release(), os.version()];
  const data = { release, build, arch: process.arch };
  const says = `Linux ${release} on ${process.arch}.`;
  const finding = (state: Finding['state'], kind: keyof typeof ways): Finding => {
    return { name: 'system', state, says, means: ways[kind], data: { ...data, kind } };
  };
  if (/-Microsoft$/.test(release)) return finding('problem', 'wsl1');
  if (build === GVISOR_BUILD) return finding('note', 'gvisor');
  if ((process.platform as string) === 'android') return finding('problem', 'android');
  return { name: 'system', state: 'ok', says, data: { ...data, kind: 'linux' } };
}

/** Creates a queue, sends, peeks, receives, and removes the queue. */
export function checkQueues(): Finding[] {
  let queue: MessageQueue | undefined;
  try {
    queue = MessageQueue.createPrivate({ autoRemove: true });
    if (!queue.trySend('sysvmq doctor')) throw new Error('a new queue accepts no message');
    const peeking = checkPeeking(queue);
    const message = queue.tryReceive();
    if (message?.data.toString() !== 'sysvmq doctor') throw new Error('the message did not come back');
    const says = 'Message queues work: the check created, filled, emptied and removed one.';
    return [{ name: 'queues', state: 'ok', says }, peeking];
  } catch (error) {
    return [queuesFail(error)];
  } finally {
    queue?.close();
  }
}

function checkPeeking(queue: MessageQueue): Finding {
  try {
    queue.peek();
    return { name: 'msg-copy', state: 'ok', says: 'MSG_COPY works: messages can be peeked.' };
  } catch (error) {
    const means = 'peek and top cannot show messages. The kernel was built without CONFIG_CHECKPOINT_RESTORE.';
    return { name: 'msg-copy', state: 'note', says: `MSG_COPY does not work: ${wordsOf(error)}`, means };
  }
}

function wordsOf(error: unknown): string {
  return isMessageQueueError(error) ? formatError(error) : (error as Error).message;
}

const meanings: Record<string, string> = {
  ENOSYS:
    'This kernel was built without System V IPC (CONFIG_SYSVIPC), or a seccomp filter answers ENOSYS. sysvmq cannot work here.',
  EPERM: 'A seccomp filter or a security module refuses the calls. In a container: see its profile.',
  ENOSPC: 'There are as many queues as msgmni allows. sysvmq prune shows the stale ones.',
  ERR_NATIVE_LOAD: 'The addon of sysvmq could not be loaded; the message says what to run.',
};

function queuesFail(error: unknown): Finding {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const says = `Message queues do not work: ${wordsOf(error)}`;
  const means = meanings[code];
  return { name: 'queues', state: 'problem', says, data: { code }, ...(means === undefined ? {} : { means }) };
}

const modes: Record<string, string> = {
  '0': 'No seccomp filter is on this process.',
  '1': 'seccomp is in strict mode.',
  '2': 'A seccomp filter is on this process, as in most containers and services.',
};

export function checkSeccomp(): Finding {
  const mode = statusWord('Seccomp');
  const filters = statusWord('Seccomp_filters');
  const data = { mode: Number(mode ?? -1), filters: filters === undefined ? null : Number(filters) };
  if (mode === undefined) {
    return { name: 'seccomp', state: 'note', says: 'Whether a seccomp filter is on this process is not known.', data };
  }
  const says = modes[mode] ?? `seccomp is in mode ${mode}.`;
  if (mode === '0') return { name: 'seccomp', state: 'ok', says, data };
  const means = 'It may refuse calls, with EPERM or ENOSYS. It allows the calls that passed above.';
  return { name: 'seccomp', state: 'note', says, means, data };
}

export function checkNamespace(): Finding {
  const link = readLink('/proc/self/ns/ipc');
  if (link === undefined) {
    return { name: 'ipc-namespace', state: 'note', says: 'Which IPC namespace this is cannot be read from /proc.' };
  }
  const initial = link === INITIAL_IPC_NAMESPACE;
  const data = { id: Number(/\d+/.exec(link)?.[0]), initial };
  if (initial) {
    return { name: 'ipc-namespace', state: 'ok', says: `The IPC namespace is the machine's own, ${link}.`, data };
  }
  const says = `The IPC namespace is ${link}, not the machine's own: a container's, for example.`;
  const means =
    "Its queues, ids, keys and limits are its own: processes outside do not see these queues, and the machine's sysctl settings do not count here. The queues disappear with the last process of the namespace.";
  return { name: 'ipc-namespace', state: 'note', says, means, data };
}

export function checkProc(): Finding {
  const missing = ['/proc/sysvipc/msg', '/proc/sys/kernel/msgmni'].filter((path) => readText(path) === undefined);
  if (missing.length === 0) {
    return { name: 'proc', state: 'ok', says: '/proc/sysvipc/msg and /proc/sys/kernel/msg* can be read.' };
  }
  const says = `${missing.join(' and ')} cannot be read.`;
  const means = 'Limits are known from msgctl alone, and sysvmq limits set does not work here.';
  return { name: 'proc', state: 'note', says, means, data: { missing } };
}
