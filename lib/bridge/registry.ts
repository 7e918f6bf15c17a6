/** The routes of this machine, of all bridges: files in the state folder that describe them. */

import { rmSync } from 'node:fs';
import { Airlock } from '../consume/airlock';
import { airlockNames, defaultStateFolder, filePrefix, ipcNamespace, type Owner } from '../consume/state-folder';
import { BridgeError } from './errors';
import { findLoop, type RouteEnds } from './loops';
import type { RouteStats } from './route-runner';
import { replaceFile, routeFile, routeFiles } from './state';

/** A bridge's route, as other processes see it. */
export interface RegisteredRoute {
  /** The bridge's name. */
  bridge: string;
  /** The engine's name. */
  engine: string;
  /** Whether the bridge has a connection. */
  connected: boolean;
  /** Whether its process is alive. */
  alive: boolean;
  /** The process, in its own PID namespace. */
  pid: number;
  /** When it was written, in milliseconds since 1970. */
  at: number;
  /** The route's counts. */
  stats: RouteStats;
}

interface Entry extends Omit<RegisteredRoute, 'alive'> {
  ends: RouteEnds;
  prefix: string;
}

/** @throws BridgeError `ERR_BRIDGE_LOOP` */
export function refuseLoops(folder: string, ours: readonly RouteEnds[], bridge: string): void {
  const others = entries(folder)
    .filter(({ ends }) => ends.bridge !== bridge)
    .filter(({ prefix }) => isAlive(folder, prefix))
    .map(({ ends }) => ends);
  const loop = findLoop(ours, [...ours, ...others]);
  if (loop === undefined) return;
  const [one, other] = loop;
  const where = other.bridge === bridge ? '' : ` of the bridge ${other.bridge}`;
  throw new BridgeError(
    'ERR_BRIDGE_LOOP',
    `The route ${one.route} and the route ${other.route}${where} have the queue ${one.queue} in common: messages would go round forever. Take another queue, or types that can't meet (select, and type: N)`,
  );
}

export function register(folder: string, owner: Owner, entry: Omit<Entry, 'prefix' | 'pid' | 'at'>): void {
  const written: Entry = { ...entry, prefix: filePrefix(owner), pid: process.pid, at: Date.now() };
  replaceFile(routeFile(folder, owner, 'route'), Buffer.from(JSON.stringify(written)));
}

export function unregister(folder: string, owner: Owner): void {
  rmSync(routeFile(folder, owner, 'route'), { force: true });
}

/**
 * Reads the routes of all bridges of this user in this IPC namespace, including dead ones.
 *
 * Bridges write these files of the state folder every second.
 *
 * @param state - The folder. Default: /dev/shm/sysvmq-UID.
 *
 * @example
 * const { readBridgeStatus } = await import('sysvmq/bridge');
 * for (const { bridge, stats } of readBridgeStatus()) console.log(bridge, stats.name, stats.acked);
 */
export function readBridgeStatus(state?: string): RegisteredRoute[] {
  const folder = state ?? defaultStateFolder();
  return entries(folder).map(({ ends: _, prefix, ...entry }) => ({ ...entry, alive: isAlive(folder, prefix) }));
}

function entries(folder: string): Entry[] {
  return routeFiles(folder, 'route').flatMap(({ text }) => {
    try {
      return [JSON.parse(Buffer.from(text, 'latin1').toString()) as Entry];
    } catch {
      return [];
    }
  });
}

function isAlive(folder: string, prefix: string): boolean {
  const ours = airlockNames(folder).filter(
    ({ file, namespace }) => namespace === ipcNamespace() && file.startsWith(prefix),
  );
  return ours.some(({ file }) => {
    const airlock = Airlock.inspect(folder, file);
    const lives = airlock?.ownerLives === true;
    airlock?.close();
    return lives;
  });
}
