/** How the command formats values: keys, modes, times, users, shares. */

import { readFileSync } from 'node:fs';

export { formatCount, formatKey } from '../../core/format';

export function formatMode(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, '0');
}

/** A moment in local time, to the second. */
export function formatMoment(moment: Date | null): string {
  if (moment === null) return 'never';
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day} ${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

const AGES: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** The age of a moment, in its largest unit: "5s ago", "3h ago". The kernel keeps whole seconds. */
export function formatAge(moment: Date | null, now = Date.now()): string {
  if (moment === null) return 'never';
  const seconds = Math.max(0, Math.floor((now - moment.getTime()) / 1000));
  const [size, unit] = AGES.find(([least]) => seconds >= least) ?? [1, 's'];
  return `${Math.floor(seconds / size)}${unit} ago`;
}

/** A share as a percentage. A queue that is not empty never shows 0 %, and one that is not full never 100 %. */
export function formatShare(ratio: number): string {
  if (!Number.isFinite(ratio)) return '-';
  const percent = Math.round(ratio * 100);
  if (percent === 0 && ratio > 0) return '<1%';
  if (percent === 100 && ratio < 1) return '>99%';
  return `${percent}%`;
}

/** Names by number, from /etc/passwd or /etc/group; other sources of users are not consulted. */
function names(file: string): Map<number, string> {
  try {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
    // The first entry counts, as in getpwuid.
    return new Map(lines.reverse().flatMap(([name, , id]) => (name && id ? [[Number(id), name] as const] : [])));
  } catch {
    return new Map();
  }
}

let users: Map<number, string> | undefined;
let groups: Map<number, string> | undefined;

/** A user's name, or the number when no name is known. */
export function formatUser(uid: number): string {
  users ??= names('/etc/passwd');
  return users.get(uid) ?? String(uid);
}

export function formatGroup(gid: number): string {
  groups ??= names('/etc/group');
  return groups.get(gid) ?? String(gid);
}

/** The uid for a name or a number; undefined when no user has the name. */
export function userId(text: string): number | undefined {
  users ??= names('/etc/passwd');
  return idOf(text, users);
}

export function groupId(text: string): number | undefined {
  groups ??= names('/etc/group');
  return idOf(text, groups);
}

function idOf(text: string, known: Map<number, string>): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  return [...known].find(([, name]) => name === text)?.[0];
}
