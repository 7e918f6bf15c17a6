/** Why a queue counts as stale or in use, and the doubts about it: sentences. */

import { uptime } from 'node:os';
import type { QueueInHand } from '../consume/inspect';
import { formatCount } from '../core/format';
import { formatDuration } from './duration';
import type { LastUser, QueueWaiter } from './processes';

/**
 * The reason why a queue may be in use although nothing shows it. A doubt keeps the queue, unless `despite` names it.
 *
 * - `never-used`: there was no send or receive yet, and the kernel does not record the creator's process.
 * - `reused-pid`: the last sender's or receiver's pid now belongs to a process that started later, according to the
 *   clock.
 * - `clock-changed`: the queue was last used before this machine started, so the clock was set since.
 * - `hidden-processes`: a process that may wait for the queue cannot be examined.
 * - `messages-in-hand`: a consumer that has ended has messages of the queue in hand, for the next one of its name. Only
 *   this user's consumers are known.
 */
export type Doubt = 'never-used' | 'reused-pid' | 'clock-changed' | 'hidden-processes' | 'messages-in-hand';

/** The values of the option `despite`. */
export const doubtNames: readonly [Doubt, ...Doubt[]] = [
  'never-used',
  'reused-pid',
  'clock-changed',
  'hidden-processes',
  'messages-in-hand',
];

function named(who: string, command: string | undefined): string {
  return command === undefined ? who : `${who} (${command})`;
}

export function recentUse(idleFor: number): string {
  return `it was used ${formatDuration(idleFor)} ago`;
}

export function aliveReason(what: string, { pid, state, command }: LastUser): string[] {
  if (state === 'alive') return [`process ${named(String(pid), command)}, the last to ${what}, is there`];
  if (state === 'hidden') return [`the last to ${what} was a process of another pid namespace, and may be there`];
  return [];
}

export function waiterReason({ pid, syscall, processName }: QueueWaiter): string {
  return `process ${named(String(pid), processName)} waits for it in ${syscall}`;
}

export function consumerReason({ name, pid }: QueueInHand['consumers'][number]): string {
  return `process ${pid} takes from it with consume(), as ${name}`;
}

export function staleReasons(idleFor: number, lastSender: LastUser, lastReceiver: LastUser): string[] {
  return [
    `it was not used for ${formatDuration(idleFor)}`,
    goneReason('sent to it', 'send to it', lastSender),
    goneReason('received from it', 'receive from it', lastReceiver),
  ];
}

function goneReason(did: string, what: string, { pid, state, command }: LastUser): string {
  if (state === 'none') return `no process has ever ${did}`;
  const who = `process ${pid}, the last to ${what}, is gone`;
  return state === 'replaced' ? `${who} (${named('the pid is now that of a later process', command)})` : who;
}

/** msg_stime, msg_rtime and msg_ctime are whole seconds. */
const CLOCK_MARGIN_MS = 2000;

export function doubtsAbout(
  idleFor: number,
  unseen: readonly string[],
  { messages, unreadable }: QueueInHand,
  lastSender: LastUser,
  lastReceiver: LastUser,
): [Doubt, string][] {
  const doubts: [Doubt, string][] = [];
  if (lastSender.state === 'none' && lastReceiver.state === 'none') {
    doubts.push(['never-used', 'it was never used, and the kernel does not record the process that created it']);
  }
  const users = lastSender.pid === lastReceiver.pid ? [lastSender] : [lastSender, lastReceiver];
  for (const { state, pid, command } of users) {
    if (state !== 'replaced') continue;
    const now = named(`process ${pid}`, command);
    doubts.push(['reused-pid', `${now} may be the one that used it: only the clock says that it started later`]);
  }
  // No queue outlives a reboot.
  if (idleFor > uptime() * 1000 + CLOCK_MARGIN_MS) {
    const since = `this machine has been up for ${formatDuration(uptime() * 1000)}`;
    doubts.push(['clock-changed', `${since}, so the clock was changed, and the queue may have been used just now`]);
  }
  if (messages > 0) {
    const held = `${formatCount(messages, 'message')} of it ${messages === 1 ? 'is' : 'are'} in hand of a consumer that has ended`;
    doubts.push(['messages-in-hand', `${held}: sysvmq consumers shows, sysvmq recover puts back`]);
  }
  for (const file of unreadable) {
    doubts.push(['messages-in-hand', `${file}, of a consumer of it, can't be read, and may have messages`]);
  }
  for (const who of unseen) doubts.push(['hidden-processes', `${who} may wait for it, and could not be examined`]);
  return doubts;
}
