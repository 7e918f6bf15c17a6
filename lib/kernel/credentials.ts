/**
 * This process's identity as the kernel sees it, read from /proc: libc's answer may be faked (fakeroot replaces
 * geteuid).
 *
 * proc(5), /proc/PID/status: Uid and Gid are real, effective, saved and file system ids; CapEff is a mask in hexadecimal.
 */

import { readText } from './read-file';

const CAP_SYS_ADMIN = 21n;

/** A word of a line of /proc/self/status, by default the first; undefined when the file is not readable. */
export function statusWord(line: string, index = 0): string | undefined {
  const words = new RegExp(`^${line}:\\s*(.*)$`, 'm').exec(readText('/proc/self/status', 'latin1') ?? '')?.[1];
  return words?.split(/\s+/)[index];
}

const EFFECTIVE = 1;

function idOf(line: 'Uid' | 'Gid', otherwise: number | undefined): number | undefined {
  const word = statusWord(line, EFFECTIVE);
  return word === undefined ? otherwise : Number(word);
}

/** The effective user id. */
export const effectiveUid = (): number | undefined => idOf('Uid', process.geteuid?.());
/** The effective group id. */
export const effectiveGid = (): number | undefined => idOf('Gid', process.getegid?.());

/** The effective capabilities as a mask (capabilities(7)); undefined when /proc does not show them. */
export function effectiveCapabilities(): bigint | undefined {
  const word = statusWord('CapEff');
  return word === undefined ? undefined : BigInt(`0x${word}`);
}

export function hasCapSysAdmin(): boolean {
  return (((effectiveCapabilities() ?? 0n) >> CAP_SYS_ADMIN) & 1n) === 1n;
}
