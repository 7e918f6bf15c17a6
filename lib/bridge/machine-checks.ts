/** What `--dry-run` checks on this machine: rights on the queues, the state folder, and the limit of locked memory. */

import { readFileSync, statfsSync } from 'node:fs';
import { defaultStateFolder } from '../consume/state-folder';
import { formatCount } from '../core/format';
import { keyOf, openQueue, statusOfQueue } from '../kernel/queues';
import { checkAirlockFolder } from '../native/airlock';
import type { Finding } from './engine';
import { messageOf } from './errors';
import { likelyLength } from './out-inventory';
import type { CheckedRoute } from './routes';

const READ = 0o444;
const WRITE = 0o222;
const SLOT_BYTES = 128;

export function checkMachine(state: string | undefined, routes: readonly CheckedRoute[]): Finding[] {
  return [...routes.map(checkQueue), ...checkFolder(state ?? defaultStateFolder(), routes)];
}

// msgget with permission bits fails when this user lacks one of them.
function checkQueue(route: CheckedRoute): Finding {
  const { queue, direction, name } = route;
  const needed = direction === 'out' ? READ : direction === 'in' ? WRITE : READ | WRITE;
  try {
    const id = queue.id ?? openQueue(queue.key, needed);
    if (queue.id !== undefined) keyOf(queue.id);
    const { messageCount, maxBytes } = statusOfQueue(id);
    const text = `Queue ${id}: ${formatCount(messageCount, 'message')}, room for ${count(maxBytes)} bytes; the rights are there`;
    return { level: 'ok', route: name, text };
  } catch (error) {
    const isMissing = (error as { code?: unknown }).code === 'ENOENT';
    if (isMissing && queue.create) return { level: 'ok', route: name, text: 'The queue would be made' };
    return { level: 'error', route: name, text: messageOf(error) };
  }
}

function checkFolder(folder: string, routes: readonly CheckedRoute[]): Finding[] {
  const result = checkAirlockFolder(folder);
  const isThere = result >= 0;
  const found: Finding[] = [];
  const parent = isThere ? folder : folder.slice(0, folder.lastIndexOf('/')) || '/';
  try {
    const { bavail, bsize } = statfsSync(parent);
    const needed = routes.reduce((sum, route) => sum + bytesFor(route), 0);
    const words = `the state folder ${folder}: ${count(bavail * bsize)} bytes free, about ${count(needed)} needed`;
    found.push({
      level: bavail * bsize < needed ? 'error' : 'ok',
      text: `${isThere ? 'T' : 'Not made yet: t'}${words.slice(1)}`,
    });
    found.push(...checkLock(needed));
  } catch (error) {
    found.push({ level: 'error', text: messageOf(error) });
  }
  return found;
}

function bytesFor(route: CheckedRoute): number {
  if (route.direction === 'in') return 2 << 20;
  if (route.direction !== 'out') return 0;
  try {
    const id = route.queue.id ?? openQueue(route.queue.key, undefined);
    return Math.min(64 << 20, (route.window + 1) * (likelyLength(id) + SLOT_BYTES));
  } catch {
    return 0;
  }
}

// The airlock locks the pages of its slots if it may, so that the kernel has no reason to move one.
function checkLock(needed: number): Finding[] {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1] ?? 'unlimited';
  if (soft === 'unlimited' || Number(soft) >= needed || process.geteuid?.() === 0) {
    return [{ level: 'ok', text: 'The memory of the state folder can be locked' }];
  }
  return [
    {
      level: 'warning',
      text: `${count(needed)} bytes of the state folder are not all locked in memory (RLIMIT_MEMLOCK is ${count(Number(soft))}): LimitMEMLOCK in a unit, ulimit -l in a shell`,
    },
  ];
}

function count(bytes: number): string {
  return bytes.toLocaleString('en-US');
}
