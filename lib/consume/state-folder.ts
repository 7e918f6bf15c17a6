/** The place of the consumers' airlocks: a folder on a tmpfs, and the names of the files in it. */

import { mkdirSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { errnoName } from '../core/errno';
import { MessageQueueError, UnsupportedError } from '../core/errors';
import { checkAirlockFolder, filesInFolder, namespaceMark } from '../native/airlock';
import { queuesAreInMemory } from '../native/registers';

/** The queue and the consumers that an airlock belongs to. */
export interface Owner {
  queueId: number;
  /** The queue's key; 0 for a private queue. */
  queueKey: number;
  /** The name shared by consumers that recover each other's messages. */
  consumer: string;
}

/** The parts of a file's name. */
interface AirlockName {
  file: string;
  /** The IPC namespace, as ipcNamespace() names it. */
  namespace: string;
  /** '0x5eed0001', or 'id7' for a queue without a key. */
  queue: string;
  consumer: string;
}

const NAME = /^(\d+\.[0-9a-f]+)-(0x[0-9a-f]{8}|id\d+)-(.+)-(\d+)$/;

/** The name of what holds airlocks where the queues are in memory. */
const FOLDER_IN_MEMORY = 'memory';

export function defaultStateFolder(): string {
  if (queuesAreInMemory()) return FOLDER_IN_MEMORY;
  return `/dev/shm/sysvmq-${(process.geteuid as () => number)()}`;
}

/**
 * This process's IPC namespace: its inode, by which lsns shows it, and a mark, because the kernel gives the inode of one that
 * is gone to the next one.
 *
 * @throws UnsupportedError where queues of different namespaces could not be distinguished.
 */
export function ipcNamespace(): string {
  if (queuesAreInMemory()) return '0.0';
  const mark = namespaceMark();
  if (typeof mark === 'number') {
    const code = errnoName(mark);
    throw new UnsupportedError(
      `The IPC namespace can't be marked (${code}), so that its queues could be taken for those of an earlier one. Allow ` +
        `shmget and shmat, or use Linux 6.18 or later. ${AT_MOST_ONCE}`,
      { code, errno: mark },
    );
  }
  return `${namespaceInode()}.${mark}`;
}

function namespaceInode(): string {
  try {
    const link = readlinkSync('/proc/self/ns/ipc');
    return /\d+/.exec(link)?.[0] ?? '0';
  } catch (cause) {
    // Deno's errors have no code.
    const { code, name } = cause as NodeJS.ErrnoException;
    throw new UnsupportedError(
      `/proc/self/ns/ipc can't be read (${code ?? name}), which tells the queues of one IPC namespace from those of another. ` +
        `Mount /proc. ${AT_MOST_ONCE}`,
      { code: code ?? 'ENOENT', cause },
    );
  }
}

export function queueLabel({ queueId, queueKey }: Pick<Owner, 'queueId' | 'queueKey'>): string {
  return queueKey === 0 ? `id${queueId}` : `0x${(queueKey >>> 0).toString(16).padStart(8, '0')}`;
}

/** The common beginning of the file names of an owner's consumers. */
export function filePrefix(owner: Owner): string {
  return `${ipcNamespace()}-${queueLabel(owner)}-${owner.consumer}-`;
}

function parseAirlockName(file: string): AirlockName | undefined {
  const match = NAME.exec(file);
  if (match === null) return undefined;
  const [, namespace, queue, consumer] = match as unknown as [string, string, string, string];
  return { file, namespace, queue, consumer };
}

/** The airlock files in a folder; none when the folder does not exist. */
export function airlockNames(folder: string): AirlockName[] {
  let files: string[];
  try {
    files = filesInFolder(folder);
  } catch {
    return [];
  }
  return files.map(parseAirlockName).filter((name) => name !== undefined);
}

/** Creates the folder if it is missing. @throws UnsupportedError and MessageQueueError, which name the remedy. */
export function prepareStateFolder(folder: string): void {
  let result = checkAirlockFolder(folder);
  if (result === -constants.errno.ENOENT) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw folderError(folder, `can't be made (${code})`, code ?? 'ENOENT', error);
    }
    result = checkAirlockFolder(folder);
  }
  if (result < 0) throw stateError(folder, result);
}

const AT_MOST_ONCE = 'consume() with atMostOnce: true does without one, and loses what it has in hand when it dies.';

function folderError(folder: string, fault: string, code: string, cause?: unknown): MessageQueueError {
  const message =
    `The state folder ${folder} ${fault}. A consumer keeps messages there until they are handled: name a folder of ` +
    `this user alone (mode 0700) on a tmpfs with the option state. ${AT_MOST_ONCE}`;
  return new MessageQueueError(message, { code, ...(cause === undefined ? {} : { cause }) });
}

/** The error of a call on a folder, or on a file in it. */
export function stateError(folder: string, result: number, bytes?: number): MessageQueueError {
  const { errno } = constants;
  const code = errnoName(result);
  switch (-result) {
    case errno.EOPNOTSUPP:
      return new UnsupportedError(
        `The state folder ${folder} is not on a tmpfs. On a disk, the writing back of a page makes a message disappear ` +
          `that arrives just then. Name a folder on a tmpfs, such as one in /dev/shm, with the option state. ${AT_MOST_ONCE}`,
        { code: 'ENOTSUP', errno: result },
      );
    case errno.EPERM:
      return folderError(folder, 'belongs to another user, or is open to others', code);
    case errno.ENOTDIR:
      return folderError(folder, 'is not a folder, or is a symbolic link', code);
    case errno.ENOSPC:
    case errno.ENOMEM:
      return folderError(folder, `has no room for ${bytes ?? 0} bytes: ${bytesAdvice}`, code);
    case errno.ENOSYS:
      return new UnsupportedError(`This system lacks what an airlock needs. ${AT_MOST_ONCE}`, { code, errno: result });
    default:
      return folderError(folder, `can't be used (${code})`, code);
  }
}

const bytesAdvice =
  'a slot for each message in hand, each as long as the longest message that the queue takes. Less concurrency, a ' +
  'lower msg_qbytes or msgmax, or a larger tmpfs (docker run --shm-size) helps';
