/** Puts queues in memory in the place of the kernel's, and back. */

import { leaveMailbox } from '../events';
import { replaceAddon } from '../registers';
import { MemoryAddon } from './addon';
import type { MemoryLimits } from './kernel';

/** The library works on queues in memory until the returned function is called. While a call waits, neither works. */
export function useMemoryAddon(limits: MemoryLimits): (() => boolean) | undefined {
  if (!leaveMailbox()) return undefined;
  replaceAddon(new MemoryAddon(limits));
  return () => {
    if (!leaveMailbox()) return false;
    replaceAddon(undefined);
    return true;
  };
}
