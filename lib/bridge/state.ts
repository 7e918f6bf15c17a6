/** A bridge's state on the tmpfs: which process runs a route, and which routes exist on this machine. */

import {
  closeSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { Airlock } from '../consume/airlock';
import {
  airlockNames,
  defaultStateFolder,
  filePrefix,
  ipcNamespace,
  type Owner,
  prepareStateFolder,
} from '../consume/state-folder';
import { MessageQueueError } from '../core/errors';
import { lazy } from '../core/lazy';
import { requireKernel } from '../native/require-kernel';
import { BridgeError } from './errors';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

/** Prepares the folder and returns its path. */
export function openStateFolder(folder: string | undefined): string {
  requireKernel('A bridge');
  const path = folder ?? defaultStateFolder();
  prepareStateFolder(path);
  return path;
}

/** The consumer name of a route's airlocks, as `sysvmq consumers` shows it. */
export function consumerName(bridge: string, direction: string, route: string): string {
  return `bridge.${direction}.${bridge}.${route}`;
}

/**
 * Takes over the messages that the last process with this owner's name left. @throws BridgeError `ERR_BRIDGE_RUNNING`
 * when it is alive.
 */
export function takeOverRoute(folder: string, owner: Owner): Airlock[] {
  const taken: Airlock[] = [];
  try {
    for (const file of filesOf(folder, owner)) {
      const airlock = Airlock.takeOver(folder, file);
      if (airlock === undefined) throw alreadyRunning(folder, file);
      taken.push(airlock);
      if (airlock.damaged > 0) throw damaged(folder, airlock);
    }
    return taken;
  } catch (error) {
    for (const airlock of taken) airlock.close();
    throw error;
  }
}

/**
 * Checks after creating a route's first airlock that no other process has begun at the same time. If one has, the
 * process with the lower number stays.
 */
export function requireAlone(folder: string, owner: Owner, own: readonly Airlock[]): void {
  const ours = new Set(own.map(({ file }) => file));
  const lowest = Math.min(...own.map(({ file }) => numberOf(file)));
  for (const file of filesOf(folder, owner)) {
    if (ours.has(file) || numberOf(file) > lowest) continue;
    const other = Airlock.inspect(folder, file);
    const lives = other?.ownerLives === true;
    other?.close();
    if (lives) throw alreadyRunning(folder, file);
  }
}

function numberOf(file: string): number {
  return Number(file.slice(file.lastIndexOf('-') + 1));
}

function filesOf(folder: string, owner: Owner): string[] {
  const prefix = filePrefix(owner);
  return airlockNames(folder)
    .map(({ file }) => file)
    .filter((file) => file.startsWith(prefix) && /^\d+$/.test(file.slice(prefix.length)))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

function alreadyRunning(folder: string, file: string): BridgeError {
  const other = Airlock.inspect(folder, file);
  const pid = other?.ownerPid;
  other?.close();
  return new BridgeError(
    'ERR_BRIDGE_RUNNING',
    `A bridge with this name already runs this route${pid === undefined ? '' : ` (process ${pid})`}. Stop it, or give this one another name`,
  );
}

function damaged(folder: string, airlock: Airlock): MessageQueueError {
  return new MessageQueueError(
    `${airlock.damaged} messages in the airlock ${folder}/${airlock.file} are damaged. Move the file away to go on without them`,
    { code: 'ERR_AIRLOCK_DAMAGED', queueId: airlock.queueId },
  );
}

/**
 * 16 hexadecimal digits that identify this IPC namespace and state folder, and so the machine, for bridges. Created
 * once.
 */
export function machineInstance(folder: string): string {
  const path = `${folder}/${ipcNamespace()}-bridge.instance`;
  for (;;) {
    const known = readText(path);
    if (known !== undefined && /^[0-9a-f]{16}$/.test(known)) return known;
    const made = `${path}.${process.pid}`;
    writeFileSync(made, crypto().randomBytes(8).toString('hex'), { mode: 0o600 });
    try {
      linkSync(made, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(made, { force: true });
    }
  }
}

/** A file's text; undefined when there is no such file. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a file: after a crash either the old one or the new one exists. */
export function replaceFile(path: string, contents: string | Buffer): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, typeof contents === 'string' ? Buffer.from(contents, 'latin1') : contents);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** The path of a route's file, beside its airlocks. */
export function routeFile(folder: string, owner: Owner, kind: 'note' | 'route'): string {
  return `${folder}/${filePrefix(owner)}${kind}`;
}

/** The contents of all files of one kind in this IPC namespace. */
export function routeFiles(folder: string, kind: 'note' | 'route'): { path: string; text: string }[] {
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch {
    return [];
  }
  return files
    .filter((file) => file.startsWith(`${ipcNamespace()}-`) && file.endsWith(`-${kind}`) && file.includes('-bridge.'))
    .map((file) => ({ path: `${folder}/${file}`, text: readText(`${folder}/${file}`) ?? '' }));
}
