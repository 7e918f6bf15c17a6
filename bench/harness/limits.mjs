// The limits of the benchmark's own IPC namespace, for rows that need more than the kernel's defaults.
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';

const pathOf = (name) => `/proc/sys/kernel/${name}`;

/** Whether this process may change them: root of a user namespace may not everywhere. */
export function canRaiseLimits() {
  try {
    accessSync(pathOf('msgmax'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Sets limits by name; the function that it returns sets them back. */
export function raiseLimits(limits = {}) {
  const before = Object.keys(limits).map((name) => [name, readFileSync(pathOf(name), 'utf8')]);
  for (const [name, value] of Object.entries(limits)) writeFileSync(pathOf(name), String(value));
  return () => {
    for (const [name, value] of before) writeFileSync(pathOf(name), value);
  };
}
