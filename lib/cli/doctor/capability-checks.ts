/** The capabilities of this process that matter for queues (capabilities(7)). */

import { effectiveCapabilities } from '../../kernel/credentials';
import { readText } from '../../kernel/read-file';
import type { Finding } from './finding';

interface Capability {
  name: string;
  bit: bigint;
  /** What the capability permits. */
  allows: string;
  /** What the lack of it means. */
  lack: string;
  /** Whether it counts in the initial user namespace only. */
  initialOnly: boolean;
}

const capabilities: readonly Capability[] = [
  {
    name: 'CAP_SYS_RESOURCE',
    bit: 24n,
    allows: 'msg_qbytes may be set above msgmnb.',
    lack: 'msg_qbytes may be set up to msgmnb (sysvmq set --max-bytes); more fails with EPERM, a QueueBytesLimitError.',
    initialOnly: true,
  },
  {
    name: 'CAP_IPC_OWNER',
    bit: 15n,
    allows: 'mode bits do not apply: this process can read and write every queue.',
    lack: "the mode bits of other users' queues apply, even to root.",
    initialOnly: false,
  },
  {
    name: 'CAP_SYS_ADMIN',
    bit: 21n,
    allows: "other users' queues can be changed and removed.",
    lack: 'only queues of this user can be changed and removed (sysvmq set, remove, prune).',
    initialOnly: false,
  },
];

export function checkCapabilities(): Finding[] {
  const mask = effectiveCapabilities();
  if (mask === undefined) {
    return [
      { name: 'capabilities', state: 'note', says: 'The capabilities of this process cannot be read from /proc.' },
    ];
  }
  const initial = inInitialUserNamespace();
  return capabilities.map(({ name, bit, allows, lack, initialOnly }) => {
    const held = ((mask >> bit) & 1n) === 1n;
    const counts = held && (initial || !initialOnly);
    const where = held && !counts ? 'in this user namespace only, where it does not count' : '';
    const says = counts ? `${name}: ${allows}` : `${held ? name : `no ${name}`}${where && ` ${where}`}: ${lack}`;
    return { name, state: counts ? 'ok' : 'note', says, data: { held, counts, initialUserNamespace: initial } };
  });
}

/** Whether this is the machine's initial user namespace, the only one that maps all users. */
function inInitialUserNamespace(): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(readText('/proc/self/uid_map') ?? '');
}
