/** Needs of tests that only some kernels, or some ways to boot them, meet (see needs.ts). */

import { existsSync, readFileSync } from 'node:fs';

/** MSG_COPY and msg_next_id. */
export const checkpointRestore = {
  met: existsSync('/proc/sys/kernel/msg_next_id'),
  reason: 'this kernel was built without CONFIG_CHECKPOINT_RESTORE',
};

/** Ids of which the low 15 bits are the index, used in turn: 0 to 63 in a fresh namespace, then 32768. */
export const shortIndexes = {
  met: !/\bipcmni_extend\b/.test(readFileSync('/proc/cmdline', 'latin1')),
  reason: 'this kernel was booted with ipcmni_extend, with which ids have 24 bits of index',
};

/** Ids with 24 bits of index, and up to 16,777,216 queues. */
export const longIndexes = {
  met: !shortIndexes.met,
  reason: 'this kernel was not booted with ipcmni_extend (trust/kernels.mjs boots one that is)',
};
